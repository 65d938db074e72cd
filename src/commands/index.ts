import type { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { addCommand } from "./add.ts";
import { bestPathCommand } from "./best-path.ts";
import { compareCommand } from "./compare.ts";
import { deleteCommand } from "./delete.ts";
import { doctorCommand } from "./doctor.ts";
import { getCommand } from "./get.ts";
import { historyCommand } from "./history.ts";
import { listCommand } from "./list.ts";
import { pruneCommand } from "./prune.ts";
import { syncCommand } from "./sync.ts";
import { undoCommand } from "./undo.ts";
import { updateCommand } from "./update.ts";
import { validateCommand } from "./validate.ts";
import { visualizeCommand } from "./visualize.ts";
import { worktreeCommand } from "./worktree.ts";

interface CommandGroup {
  /** As the help shows it. */
  readonly heading: string;
  /** Whether its commands change something, and so have --dry-run. */
  readonly changes: boolean;
  readonly commands: Readonly<Record<string, (ctx: Context) => Command>>;
}

/** All commands, by name: a new one is one file in this folder and one word here. */
export const commandGroups: readonly CommandGroup[] = [
  {
    heading: "Grow the tree:",
    changes: true,
    commands: {
      add: addCommand,
      update: updateCommand,
      sync: syncCommand,
      worktree: worktreeCommand,
      prune: pruneCommand,
      delete: deleteCommand,
    },
  },
  {
    heading: "Look at it:",
    changes: false,
    commands: {
      list: listCommand,
      get: getCommand,
      visualize: visualizeCommand,
      "best-path": bestPathCommand,
      compare: compareCommand,
      validate: validateCommand,
      history: historyCommand,
    },
  },
  {
    heading: "Keep it whole:",
    changes: true,
    commands: { undo: undoCommand, doctor: doctorCommand },
  },
];
