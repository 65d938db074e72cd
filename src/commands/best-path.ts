import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { renderBestPath, renderParetoFront } from "../render/best-path.ts";
import { bestPath, paretoFront } from "../tree/best-path.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";

interface BestPathOptions {
  readonly objective?: string;
  readonly pareto?: boolean;
}

const examples = `Examples:
  tree-autoresearch best-path
  tree-autoresearch best-path --pareto
`;

export function bestPathCommand(ctx: Context): Command {
  return new Command("best-path")
    .addHelpText("before", examples)
    .option("--objective <metric>", "best by this metric, instead of the tree's objective")
    .option("--pareto", "list the nodes that no other one beats in every objective")
    .action(async ({ objective, pareto }: BestPathOptions) => {
      if (objective && pareto) throw new UsageError("--objective and --pareto exclude each other");
      const tree = await (await ctx.open()).load();
      if (pareto) answerPareto(ctx, tree);
      else answerBestPath(ctx, tree, objective);
    });
}

function answerBestPath(ctx: Context, tree: IterationTree, metric: string | undefined): void {
  const path = bestPath(tree, metric);
  const steps = path.steps.map(({ node, value, change }) => ({
    node_id: node.node_id,
    value: value ?? null,
    change: change ?? null,
    description: node.description,
  }));
  ctx.out.answer({ objective: path.objective, steps }, (theme) => renderBestPath(path, theme));
}

function answerPareto(ctx: Context, tree: IterationTree): void {
  const pareto = paretoFront(tree);
  const front = pareto.front.map(({ node, values }) => ({
    node_id: node.node_id,
    values,
    description: node.description,
  }));
  ctx.out.answer({ objectives: pareto.objectives, front }, (theme) => renderParetoFront(pareto, theme));
}
