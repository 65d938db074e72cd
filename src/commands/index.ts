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
  readonly commands: readonly ((ctx: Context) => Command)[];
}

/** All commands: a new one is one file in this folder and one line here. */
export const commandGroups: readonly CommandGroup[] = [
  {
    heading: "Grow the tree:",
    changes: true,
    commands: [addCommand, updateCommand, syncCommand, worktreeCommand, pruneCommand, deleteCommand],
  },
  {
    heading: "Look at it:",
    changes: false,
    commands: [
      listCommand,
      getCommand,
      visualizeCommand,
      bestPathCommand,
      compareCommand,
      validateCommand,
      historyCommand,
    ],
  },
  {
    heading: "Keep it whole:",
    changes: true,
    commands: [undoCommand, doctorCommand],
  },
];
