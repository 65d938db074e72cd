import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import type { DeleteRequest } from "../operations/delete-node.ts";
import { safeText } from "../render/safe-text.ts";

interface DeleteOptions extends DeleteRequest {
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch delete --id iter2_vit --dry-run
  tree-autoresearch delete --id iter2_vit --recursive
`;

export function deleteCommand(ctx: Context): Command {
  return new Command("delete")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node to delete")
    .option("--recursive", "also all nodes under it")
    .option("--force", "also when files would be lost that git could not give back")
    .option("--keep-worktree", "leave worktree and branch where they are")
    .action(async (options: DeleteOptions) => {
      const { deleteNode } = await import("../operations/delete-node.ts");
      const workspace = await ctx.open(options);
      const deleted = await deleteNode(workspace, options);
      ctx.report(workspace, { deleted }, () => deleted.map((id) => `Deleted: ${safeText(id)}`).join("\n"));
    });
}
