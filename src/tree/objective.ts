import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { descendantsOf, indexTree } from "./lineage.ts";
import { findObjective, type Objective, objectivesOf, primaryOf, type Results } from "./results.ts";

/** What a tree optimises; `isWritten` when the file says so, else it is derived from the first root with results. */
export interface TreeObjective extends Objective {
  readonly isWritten: boolean;
}

export function findTreeObjective(tree: IterationTree): TreeObjective | undefined {
  if (tree.objective) return { metric: tree.objective.metric, direction: tree.objective.direction, isWritten: true };
  const first =
    tree.nodes.find((node) => node.parent_id === null && node.results) ??
    descendantsOf(indexTree(tree), null).find((node) => node.results);
  if (!first?.results) return undefined;
  const { metric, direction } = primaryOf(first.results);
  return { metric, direction, isWritten: false };
}

/** All that a tree optimises, what decides first: the tree's objective, then what else its first root with results has measured as an objective. */
export function findObjectives(tree: IterationTree): readonly Objective[] {
  const own = findTreeObjective(tree);
  if (!own) return [];
  const root = tree.nodes.find((node) => node.parent_id === null && node.results);
  const others = root?.results ? objectivesOf(root.results).filter(({ metric }) => metric !== own.metric) : [];
  return [own, ...others].map(({ metric, direction }) => ({ metric, direction }));
}

/** The node's value under `objective`; undefined unless metric and direction are the same. */
export function valueUnder(node: IterationNode, objective: Objective): number | undefined {
  const { results } = node;
  if (results && !results.objectives) {
    // Of thousands of nodes, a list of the one objective would take longer than the comparison.
    const { primary_metric: metric, direction, primary_value: value } = results;
    return metric === objective.metric && direction === objective.direction ? value : undefined;
  }
  const found = findObjective(results, objective.metric);
  return found?.direction === objective.direction ? found.value : undefined;
}

/** `after - before`, without the noise of binary fractions: at most 12 significant digits. */
export function changeBetween(before: number, after: number): number {
  return Number((after - before).toPrecision(12));
}

export function isBetter(a: number, b: number, { direction }: Pick<Objective, "direction">): boolean {
  return direction === "maximize" ? a > b : a < b;
}

/** Why `results` contradict the tree's objective, or undefined. A node that declares several objectives contradicts nothing. */
export function findContradiction(results: Results, objective: Objective): string | undefined {
  if (objectivesOf(results).length > 1) return undefined;
  const same = findObjective(results, objective.metric);
  if (same && same.direction !== objective.direction) {
    return `'${objective.metric}' is to ${objective.direction} in this tree, received ${same.direction}`;
  }
  if (same) return undefined;
  return `the tree's objective is '${objective.metric}' (${objective.direction}), received '${primaryOf(results).metric}'`;
}
