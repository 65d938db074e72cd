import { Command, Option } from "commander";
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
  /** The command that is called: when there is one of this name, there is no other one in the program. */
  readonly called?: string | undefined;
  /** The words of the call. Where the called command is not known, those that are named here are made, and of the others there is what the help says. */
  readonly words: readonly string[];
}

/** Puts the program together from the list of commands; what all of them share is added here. */
export async function createProgram(
  program: Command,
  context: Context,
  { version, print, columns = 80, called, words }: ProgramOptions,
): Promise<Command> {
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
    for (const [name, { summary, load }] of Object.entries(commands)) {
      if (isKnown && name !== called) continue;
      const command = words.includes(name) ? (await load())(context) : new Command(name);
      command.summary(summary).description(summary).helpGroup(heading).copyInheritedSettings(program);
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
