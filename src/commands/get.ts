import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { requireNode } from "../tree/find-node.ts";

const examples = `Examples:
  tree-autoresearch get --id iter1_baseline
  tree-autoresearch get --id iter1_baseline --json
`;

export function getCommand(ctx: Context): Command {
  return new Command("get")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node to show")
    .action(async ({ id }: { readonly id: string }) => {
      const { renderNode } = await import("../operations/render-node.ts");
      const node = requireNode(await (await ctx.open()).load(), id);
      ctx.out.answer(node, () => renderNode(node));
    });
}
