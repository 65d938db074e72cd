import type { Command } from "commander";
import { commandGroups } from "../commands/index.ts";
import type { Context } from "./context.ts";

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
}

/** Puts the program together from the list of commands; what all of them share is added here. */
export function createProgram(program: Command, context: Context, { version, print }: ProgramOptions): Command {
  program
    .usage("[TREE_FILE] <command> [options]")
    .description("Explore ML experiments as a tree: each node a command, a git worktree, an exact commit and results.")
    .version(version, "--version", "print the version")
    .option("-f, --file <path>", "the tree file (else $TREE_AUTORESEARCH_FILE, else ITERATION_TREE.yaml)")
    .option("--json", "answer with exactly one JSON value")
    .option("-q, --quiet", "no warnings")
    .option("--no-color", "no colour")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .addHelpText("before", examples)
    .addHelpText("after", "\nHelp for one command: tree-autoresearch <command> --help")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .exitOverride();
  for (const { heading, changes, commands } of commandGroups) {
    for (const create of commands) {
      const command = create(context);
      command.description(command.summary()).helpGroup(heading).copyInheritedSettings(program);
      if (changes) command.option("--dry-run", "show what would be done, and do nothing");
      program.addCommand(command);
    }
  }
  return program;
}
