import { NotFoundError } from "../errors.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { descendantsOf, firstInTree, indexTree, lineageOf, prunedIds } from "./lineage.ts";
import { changeBetween, findTreeObjective, isBetter, valueUnder } from "./objective.ts";
import { type Objective, objectivesOf } from "./results.ts";

/** One node on the way from the root to the best one; `change` against the nearest measured node before it. */
export interface PathStep {
  readonly node: IterationNode;
  readonly value: number | undefined;
  readonly change: number | undefined;
}

export interface BestPath {
  readonly objective: Objective;
  readonly steps: readonly PathStep[];
}

/** The objective named by `metric` (its direction as first recorded in tree order), else the tree's own. Throws NotFoundError. */
function requireObjective(tree: IterationTree, metric?: string): Objective {
  const own = findTreeObjective(tree);
  if (own && (metric === undefined || metric === own.metric)) return { metric: own.metric, direction: own.direction };
  const all = descendantsOf(indexTree(tree), null).flatMap((node) => (node.results ? objectivesOf(node.results) : []));
  const found = metric === undefined ? undefined : all.find((each) => each.metric === metric);
  if (found) return { metric: found.metric, direction: found.direction };
  const known = [...new Set(all.map((each) => each.metric))];
  throw new NotFoundError(metric === undefined ? "No results are recorded yet" : `No results for '${metric}'`, {
    hint: known.length
      ? `Recorded metrics: ${known.join(", ")}`
      : "Record some: tree-autoresearch update --id ID --results R",
  });
}

/** The best completed node that is not pruned; of equals the first in tree order. */
export function findBest(tree: IterationTree, objective: Objective): IterationNode | undefined {
  const index = indexTree(tree);
  const pruned = prunedIds(index);
  let best: number | undefined;
  let equals: IterationNode[] = [];
  for (const node of tree.nodes) {
    if (node.status !== "completed" || (pruned.size > 0 && pruned.has(node.node_id))) continue;
    const value = valueUnder(node, objective);
    if (value === undefined || (best !== undefined && isBetter(best, value, objective))) continue;
    if (value !== best) equals = [];
    equals.push(node);
    best = value;
  }
  return firstInTree(index, equals);
}

/** Root to best node. Throws NotFoundError when nothing is completed under the objective. */
export function bestPath(tree: IterationTree, metric?: string): BestPath {
  const objective = requireObjective(tree, metric);
  const best = findBest(tree, objective);
  if (!best) {
    throw new NotFoundError(
      `No completed node that is not pruned has a result for '${objective.metric}' (${objective.direction})`,
    );
  }
  let last: number | undefined;
  const steps = lineageOf(indexTree(tree), best.node_id).map((node) => {
    const value = valueUnder(node, objective);
    const change = value === undefined || last === undefined ? undefined : changeBetween(last, value);
    last = value ?? last;
    return { node, value, change };
  });
  return { objective, steps };
}

export interface ParetoFront {
  readonly objectives: readonly Objective[];
  readonly front: readonly { readonly node: IterationNode; readonly values: readonly number[] }[];
}

/** The nodes that no other one beats or equals in every objective while beating it in one. The objectives are those of the first node in tree order that has several. Throws NotFoundError. */
export function paretoFront(tree: IterationTree): ParetoFront {
  const index = indexTree(tree);
  const first = descendantsOf(index, null).find((node) => node.results && objectivesOf(node.results).length > 1);
  if (!first?.results) {
    throw new NotFoundError("No node has several objectives", {
      hint: "`best-path` without --pareto shows the best node.",
    });
  }
  const objectives = objectivesOf(first.results).map(({ metric, direction }) => ({ metric, direction }));
  const pruned = prunedIds(index);
  const points = descendantsOf(index, null)
    .filter((node) => node.status === "completed" && !pruned.has(node.node_id))
    .map((node) => ({ node, values: objectives.map((objective) => valueUnder(node, objective)) }))
    .filter((point): point is { node: IterationNode; values: number[] } => !point.values.includes(undefined));
  const beats = (a: readonly number[], b: readonly number[]) =>
    objectives.every((objective, i) => !isBetter(b[i] as number, a[i] as number, objective)) &&
    objectives.some((objective, i) => isBetter(a[i] as number, b[i] as number, objective));
  return { objectives, front: points.filter((point) => !points.some((other) => beats(other.values, point.values))) };
}
