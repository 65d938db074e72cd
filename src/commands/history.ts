import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { renderHistory } from "../render/history.ts";
import { safeLines } from "../render/safe-text.ts";
import { parseCount } from "./options.ts";

interface HistoryOptions {
  readonly id?: string;
  readonly limit?: number;
  readonly show?: number;
}

const examples = `Examples:
  tree-autoresearch history
  tree-autoresearch history --show 41
`;

export function historyCommand(ctx: Context): Command {
  return new Command("history")
    .addHelpText("before", examples)
    .option("--id <id>", "only versions about this node")
    .option("--limit <n>", "at most so many (20)", parseCount)
    .option("--show <version>", "print the tree file as it was in this version", parseCount)
    .action(async ({ id, limit = 20, show }: HistoryOptions) => {
      const { listVersions, showVersion } = await import("../operations/history.ts");
      if (show !== undefined && id !== undefined) throw new UsageError("--show takes no --id");
      const workspace = await ctx.open({ mayBeGone: true });
      if (show !== undefined) {
        const text = showVersion(workspace, show);
        return ctx.out.answer({ version: show, text }, () => safeLines(text.trimEnd()));
      }
      const { versions, isEdited } = await listVersions(workspace, { id, limit });
      ctx.out.answer({ versions, edited_by_hand: isEdited }, (theme) => renderHistory(versions, isEdited, theme));
    });
}
