import { findBest } from "./best-path.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree, Status } from "./iteration-tree.ts";
import { childrenOf, indexTree, lineageOf, prunedIds, type TreeIndex } from "./lineage.ts";
import { changeBetween, findTreeObjective, valueUnder } from "./objective.ts";
import type { Objective } from "./results.ts";

/** One node of a drawn tree and what is under it. */
export interface OutlineItem {
  readonly node: IterationNode;
  /** `pruned` also under a pruned node */
  readonly status: Status;
  readonly value: number | undefined;
  /** against the nearest measured node above */
  readonly change: number | undefined;
  readonly isBest: boolean;
  readonly isOnBestPath: boolean;
  readonly children: readonly OutlineItem[];
  /** nodes under this one that `depth` left out */
  readonly hidden: number;
}

export interface Outline {
  readonly objective: Objective | undefined;
  readonly items: readonly OutlineItem[];
}

export interface OutlineRequest {
  readonly under?: string | undefined;
  /** levels below the first one */
  readonly depth?: number | undefined;
}

/** The tree as it is drawn: nested, with values, changes and the best path worked out. Throws NodeNotFoundError. */
export function outlineTree(tree: IterationTree, { under, depth = Number.POSITIVE_INFINITY }: OutlineRequest): Outline {
  const index = indexTree(tree);
  const found = findTreeObjective(tree);
  const objective = found && { metric: found.metric, direction: found.direction };
  const best = objective && findBest(tree, objective);
  const facts: Facts = {
    index,
    objective,
    best,
    bestPath: new Set(best ? lineageOf(index, best.node_id) : []),
    pruned: prunedIds(index),
  };
  const roots = under === undefined ? childrenOf(index, null) : [requireNode(tree, under)];
  return { objective, items: roots.map((node) => outlineNode(node, measuredAbove(node, facts), depth, facts)) };
}

interface Facts {
  readonly index: TreeIndex;
  readonly objective: Objective | undefined;
  readonly best: IterationNode | undefined;
  readonly bestPath: ReadonlySet<IterationNode>;
  readonly pruned: ReadonlySet<string>;
}

function outlineNode(node: IterationNode, above: number | undefined, depth: number, facts: Facts): OutlineItem {
  const value = facts.objective && valueUnder(node, facts.objective);
  const children = childrenOf(facts.index, node.node_id);
  return {
    node,
    status: facts.pruned.has(node.node_id) ? "pruned" : node.status,
    value,
    change: value === undefined || above === undefined ? undefined : changeBetween(above, value),
    isBest: node === facts.best,
    isOnBestPath: facts.bestPath.has(node),
    children: depth > 0 ? children.map((child) => outlineNode(child, value ?? above, depth - 1, facts)) : [],
    hidden: depth > 0 ? 0 : children.length,
  };
}

function measuredAbove(node: IterationNode, { index, objective }: Facts): number | undefined {
  if (!objective) return undefined;
  return lineageOf(index, node.node_id)
    .slice(0, -1)
    .map((each) => valueUnder(each, objective))
    .findLast((value) => value !== undefined);
}
