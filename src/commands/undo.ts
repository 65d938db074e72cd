import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { renderUndone } from "../render/undo.ts";
import { parseCount } from "./options.ts";

interface UndoOptions {
  readonly to?: number;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch undo
  tree-autoresearch undo --to 41
`;

export function undoCommand(ctx: Context): Command {
  return new Command("undo")
    .addHelpText("before", examples)
    .option("--to <version>", "take back everything since this version (see history)", parseCount)
    .action(async (options: UndoOptions) => {
      const { undo } = await import("../operations/undo.ts");
      const workspace = await ctx.open({ ...options, mayBeGone: true });
      const undone = await undo(workspace, options);
      ctx.report(workspace, undone, () => renderUndone(undone));
    });
}
