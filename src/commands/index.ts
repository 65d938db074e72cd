import type { Command } from "commander";
import type { Context } from "../cli/context.ts";

interface CommandGroup {
  /** As the help shows it. */
  readonly heading: string;
  /** Whether its commands change something, and so have --dry-run. */
  readonly changes: boolean;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

interface CommandEntry {
  /** One line of the help. */
  readonly summary: string;
  /** The rest of it, which is loaded when it is called. */
  readonly load: () => Promise<(ctx: Context) => Command>;
}

/** All commands, by name: a new one is one file in this folder and one entry here. */
export const commandGroups: readonly CommandGroup[] = [
  {
    heading: "Grow the tree:",
    changes: true,
    commands: {
      add: {
        summary: "record a new experiment under its parent",
        load: async () => (await import("./add.ts")).addCommand,
      },
      update: {
        summary: "record results, status or texts of a node",
        load: async () => (await import("./update.ts")).updateCommand,
      },
      sync: {
        summary: "record the worktree's commit as the node's exact code",
        load: async () => (await import("./sync.ts")).syncCommand,
      },
      worktree: {
        summary: "show a node's worktree and the command to run; create or remove it",
        load: async () => (await import("./worktree.ts")).worktreeCommand,
      },
      prune: {
        summary: "mark a node as pruned, keeping its record",
        load: async () => (await import("./prune.ts")).pruneCommand,
      },
      delete: {
        summary: "delete a node, its worktree and its branch; its commits stay pinned",
        load: async () => (await import("./delete.ts")).deleteCommand,
      },
    },
  },
  {
    heading: "Run experiments:",
    changes: true,
    commands: {
      run: {
        summary: "run nodes' commands in their worktrees, and record what they measured",
        load: async () => (await import("./run.ts")).runCommand,
      },
      collect: {
        summary: "record what somebody else measured for a node that waits; list what is awaited",
        load: async () => (await import("./collect.ts")).collectCommand,
      },
      cancel: {
        summary: "end a node's run, whoever began it",
        load: async () => (await import("./cancel.ts")).cancelCommand,
      },
    },
  },
  {
    heading: "Run experiments:",
    changes: false,
    commands: {
      logs: {
        summary: "show the end of a run's log",
        load: async () => (await import("./logs.ts")).logsCommand,
      },
      reproduce: {
        summary: "run a node's recorded commit again, and compare; records nothing",
        load: async () => (await import("./reproduce.ts")).reproduceCommand,
      },
    },
  },
  {
    heading: "Look at it:",
    changes: false,
    commands: {
      list: {
        summary: "list all nodes in tree order",
        load: async () => (await import("./list.ts")).listCommand,
      },
      get: {
        summary: "show one node whole, as YAML",
        load: async () => (await import("./get.ts")).getCommand,
      },
      visualize: {
        summary: "draw the tree, its best path marked",
        load: async () => (await import("./visualize.ts")).visualizeCommand,
      },
      "best-path": {
        summary: "show the way from the root to the best node",
        load: async () => (await import("./best-path.ts")).bestPathCommand,
      },
      compare: {
        summary: "compare two nodes: values, commands and code",
        load: async () => (await import("./compare.ts")).compareCommand,
      },
      validate: {
        summary: "check the format of results, or of the whole tree file; writes nothing",
        load: async () => (await import("./validate.ts")).validateCommand,
      },
      history: {
        summary: "list the kept versions of the tree file, newest first",
        load: async () => (await import("./history.ts")).historyCommand,
      },
    },
  },
  {
    heading: "Keep it whole:",
    changes: true,
    commands: {
      undo: {
        summary: "take back the last change of the tree file; an undo, too",
        load: async () => (await import("./undo.ts")).undoCommand,
      },
      doctor: {
        summary: "compare the tree with git and find what crashes left",
        load: async () => (await import("./doctor.ts")).doctorCommand,
      },
    },
  },
];
