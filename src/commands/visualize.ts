import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { renderOutline } from "../render/visualize.ts";
import { type OutlineItem, type OutlineRequest, outlineTree } from "../tree/outline.ts";
import { parseCount } from "./options.ts";

const examples = `Examples:
  tree-autoresearch visualize
  tree-autoresearch visualize --under iter2_vit --depth 2
`;

export function visualizeCommand(ctx: Context): Command {
  return new Command("visualize")
    .addHelpText("before", examples)
    .addOption(new Option("--format <format>", "how to draw").choices(["text"]).default("text"))
    .option("--under <id>", "only this node and those under it")
    .option("--depth <n>", "at most this many levels below the first", parseCount)
    .action(async (options: OutlineRequest) => {
      const outline = outlineTree(await (await ctx.open()).load(), options);
      const value = () => ({ objective: outline.objective ?? null, nodes: outline.items.map(toJson) });
      ctx.out.answer(value, (theme) => renderOutline(outline, theme));
    });
}

function toJson({ node, depth, status, value, change, isBest, isOnBestPath, hidden }: OutlineItem): object {
  return {
    node_id: node.node_id,
    parent_id: node.parent_id,
    depth,
    status,
    value: value ?? null,
    change: change ?? null,
    best: isBest,
    on_best_path: isOnBestPath,
    description: node.description,
    ...(node.reason !== undefined && { reason: node.reason }),
    ...(hidden > 0 && { hidden }),
  };
}
