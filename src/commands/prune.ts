import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { safeText } from "../render/safe-text.ts";

interface PruneOptions {
  readonly id: string;
  readonly reason?: string;
  readonly undo?: boolean;
  readonly removeWorktree?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch prune --id iter2_vit --reason "accuracy fell from 0.92 to 0.90"
  tree-autoresearch prune --id iter2_vit --undo
`;

export function pruneCommand(ctx: Context): Command {
  return new Command("prune")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node to prune")
    .option("--reason <text>", "why it is a dead end")
    .option("--remove-worktree", "also remove its worktree; its commits stay")
    .option("--force", "with --remove-worktree: also when files would be lost")
    .option("--undo", "bring it back, with its status and reason from before")
    .action(async (options: PruneOptions) => {
      const { pruneNode, unpruneNode } = await import("../operations/prune-node.ts");
      const { id, undo } = options;
      const reason = requireReason(options);
      const workspace = await ctx.open(options);
      const { node } = await (undo ? unpruneNode(workspace, id) : pruneNode(workspace, { ...options, reason }));
      ctx.report(workspace, node, () =>
        undo
          ? `Unpruned: ${safeText(node.node_id)} (${node.status})`
          : `Pruned: ${safeText(node.node_id)} (${safeText(node.reason ?? "")})`,
      );
    });
}

function requireReason({ reason, undo, removeWorktree, force }: PruneOptions): string {
  if (undo && (reason !== undefined || removeWorktree))
    throw new UsageError("--undo takes no --reason and no --remove-worktree");
  if (force && !removeWorktree) throw new UsageError("--force goes with --remove-worktree");
  if (undo || reason?.trim()) return reason ?? "";
  throw new UsageError(
    `Required option '--reason <text>' needs a text, received ${reason === undefined ? "nothing" : JSON.stringify(reason)}`,
    {
      hint: 'For example: --reason "accuracy fell from 0.92 to 0.90"',
    },
  );
}
