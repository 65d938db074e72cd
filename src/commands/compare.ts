import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { renderComparison } from "../render/compare.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";

interface CompareOptions {
  readonly id: string;
  readonly id2: string;
}

const examples = `Example:
  tree-autoresearch compare --id iter1_baseline --id2 iter2_vit
`;

export function compareCommand(ctx: Context): Command {
  return new Command("compare")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "one node")
    .requiredOption("--id2 <id>", "the other node")
    .action(async ({ id, id2 }: CompareOptions) => {
      const { compareNodes } = await import("../operations/compare-nodes.ts");
      const comparison = await compareNodes(await ctx.open(), id, id2);
      const { a, b, ancestor, objectives, diff } = comparison;
      const value = {
        a: summary(a),
        b: summary(b),
        ancestor: ancestor?.node_id ?? null,
        objectives: objectives.map(({ isPrimary, percent, ...rest }) => ({
          ...rest,
          percent: percent ?? null,
          primary: isPrimary,
        })),
        diff: diff ?? null,
      };
      ctx.out.answer(value, (theme) => renderComparison(comparison, theme));
    });
}

function summary({ node_id, status, command, description, worktree }: IterationNode): object {
  return { node_id, status, command, description, commit: worktree?.commit ?? null };
}
