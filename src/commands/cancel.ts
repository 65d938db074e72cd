import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { safeText } from "../render/safe-text.ts";

interface CancelOptions {
  readonly id: string;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch cancel --id iter2_vit
`;

export function cancelCommand(ctx: Context): Command {
  return new Command("cancel")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node whose run is to end")
    .action(async (options: CancelOptions) => {
      const { cancelNode } = await import("../operations/cancel-node.ts");
      const workspace = await ctx.open(options);
      const { node } = await cancelNode(workspace, options.id);
      ctx.report(workspace, node, () => {
        const how = node.before_prune?.reason ?? node.reason ?? node.status;
        // It may have ended just before it was asked to.
        return `${how === "cancelled" ? "Cancelled" : "Ended"}: ${safeText(node.node_id)} (${safeText(how)})`;
      });
    });
}
