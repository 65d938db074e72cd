import { type Command, Option } from "commander";
import { commandGroups } from "../commands/index.ts";
import type { Context, GlobalOptions } from "./context.ts";

const examples = `Examples:
  tree-autoresearch add --desc "Baseline" --cmd "node train.mjs" --worktree
  tree-autoresearch update --id iter1_baseline --metric accuracy=0.92 --direction maximize
  tree-autoresearch sync --id iter1_baseline -m "baseline"
  tree-autoresearch visualize
`;

export interface ProgramOptions {
  readonly version: string;
  /** Takes the text of --help and --version. */
  readonly print: (text: string) => void;
  /** How wide a line of it may be. */
  readonly columns?: number | undefined;
  /** The command that is called: when there is one of this name, no other one is made. */
  readonly called?: string | undefined;
}

/** Puts the program together from the list of commands; what all of them share is added here. */
export function createProgram(
  program: Command,
  context: Context,
  { version, print, columns = 80, called }: ProgramOptions,
): Command {
  program
    .usage("[TREE_FILE] <command> [options]")
    .description("Explore ML experiments as a tree: each node a command, a git worktree, an exact commit and results.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .addHelpText("before", examples)
    .addHelpText("after", "\nHelp for one command: tree-autoresearch <command> --help")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      ...{ writeOut: print, writeErr: () => {} },
      // Asked of Node's own streams otherwise, which take long to set up.
      ...{ getOutHelpWidth: () => columns, getErrHelpWidth: () => columns },
      ...{ getOutHasColors: () => false, getErrHasColors: () => false },
    })
    .enablePositionalOptions()
    .exitOverride();
  for (const option of sharedOptions()) program.addOption(option);
  const isKnown = commandGroups.some(({ commands }) => called !== undefined && Object.hasOwn(commands, called));
  for (const { heading, changes, commands } of commandGroups) {
    for (const [name, create] of Object.entries(commands)) {
      if (isKnown && name !== called) continue;
      const command = create(context);
      command.description(command.summary()).helpGroup(heading).copyInheritedSettings(program);
      if (changes) command.option("--dry-run", "show what would be done, and do nothing");
      for (const option of sharedOptions()) command.addOption(option.hideHelp());
      program.addCommand(command);
    }
  }
  return program;
}

/** The program and every command know them, so that they may stand before and after the command's name. */
function sharedOptions(): readonly Option[] {
  return [
    new Option("-f, --file <path>", "the tree file (else $TREE_AUTORESEARCH_FILE, else ITERATION_TREE.yaml)"),
    new Option("--json", "answer with exactly one JSON value"),
    new Option("-q, --quiet", "no warnings"),
    new Option("--no-color", "no colour"),
  ];
}

/** What was given of them, wherever it stood. */
export function sharedOptionsGiven(program: Command): GlobalOptions {
  const given = [program, ...program.commands].map((command) => command.opts<GlobalOptions>());
  const file = given.find((options) => options.file !== undefined)?.file;
  return {
    json: given.some(({ json }) => json),
    quiet: given.some(({ quiet }) => quiet),
    color: given.every(({ color }) => color !== false),
    ...(file !== undefined && { file }),
  };
}
