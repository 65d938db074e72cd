import { findBest } from "./best-path.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree, Status } from "./iteration-tree.ts";
import { childrenOf, descendantsOf, indexTree, lineageOf, prunedIds, type TreeIndex } from "./lineage.ts";
import { changeBetween, findTreeObjective, valueUnder } from "./objective.ts";
import type { Objective } from "./results.ts";

/** One node of a drawn tree. */
export interface OutlineItem {
  readonly node: IterationNode;
  /** levels below the first one, which is 0 */
  readonly depth: number;
  /** `pruned` also under a pruned node */
  readonly status: Status;
  readonly value: number | undefined;
  /** against the nearest measured node above */
  readonly change: number | undefined;
  readonly isBest: boolean;
  readonly isOnBestPath: boolean;
  /** among its siblings */
  readonly isLast: boolean;
  /** whether a sibling after it is on the best path */
  readonly isBeforeBest: boolean;
  /** nodes under this one that are not shown */
  readonly hidden: number;
}

/** A tree as it is drawn: flat, parents before children, so that no depth is too deep. */
export interface Outline {
  readonly objective: Objective | undefined;
  readonly items: readonly OutlineItem[];
}

export interface OutlineRequest {
  readonly under?: string | undefined;
  /** levels below the first one */
  readonly depth?: number | undefined;
}

interface Facts {
  readonly index: TreeIndex;
  readonly objective: Objective | undefined;
  readonly best: IterationNode | undefined;
  readonly bestPath: ReadonlySet<IterationNode>;
  readonly pruned: ReadonlySet<string>;
}

/** A node that is yet to be visited, with what is known from above. */
interface Visit extends Pick<OutlineItem, "node" | "depth" | "isLast" | "isBeforeBest"> {
  readonly above: number | undefined;
}

/** Works out values, changes and the best path of a tree, in the order in which it is drawn. Throws NodeNotFoundError. */
export function outlineTree(
  tree: IterationTree,
  { under, depth: deepest = Number.POSITIVE_INFINITY }: OutlineRequest,
): Outline {
  const facts = factsOf(tree);
  const { index, objective } = facts;
  const roots = under === undefined ? childrenOf(index, null) : [requireNode(tree, under)];
  const above = under === undefined ? undefined : measuredAbove(under, facts);
  const items: OutlineItem[] = [];
  const stack: Visit[] = [];
  pushVisits(stack, roots, 0, above, facts);
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { node, depth } = visit;
    const value = objective && valueUnder(node, objective);
    const isCut = depth >= deepest;
    items.push(itemOf(visit, value, isCut ? descendantsOf(index, node.node_id).length : 0, facts));
    if (isCut) continue;
    pushVisits(stack, childrenOf(index, node.node_id), depth + 1, value ?? visit.above, facts);
  }
  return { objective, items };
}

function factsOf(tree: IterationTree): Facts {
  const index = indexTree(tree);
  const found = findTreeObjective(tree);
  const objective = found && { metric: found.metric, direction: found.direction };
  const best = objective && findBest(tree, objective);
  return {
    index,
    objective,
    best,
    bestPath: new Set(best ? lineageOf(index, best.node_id) : []),
    pruned: prunedIds(index),
  };
}

/** The last one first, as a stack wants them. */
function pushVisits(
  stack: Visit[],
  nodes: readonly IterationNode[],
  depth: number,
  above: number | undefined,
  { bestPath }: Facts,
): void {
  const best = nodes.findIndex((node) => bestPath.has(node));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as IterationNode;
    stack.push({ node, depth, above, isLast: i === nodes.length - 1, isBeforeBest: i < best });
  }
}

function itemOf(
  { node, depth, isLast, isBeforeBest, above }: Visit,
  value: number | undefined,
  hidden: number,
  { best, bestPath, pruned }: Facts,
): OutlineItem {
  return {
    node,
    depth,
    isLast,
    isBeforeBest,
    hidden,
    status: pruned.has(node.node_id) ? "pruned" : node.status,
    value,
    change: value === undefined || above === undefined ? undefined : changeBetween(above, value),
    isBest: node === best,
    isOnBestPath: bestPath.has(node),
  };
}

function measuredAbove(id: string, { index, objective }: Facts): number | undefined {
  if (!objective) return undefined;
  return lineageOf(index, id)
    .slice(0, -1)
    .map((each) => valueUnder(each, objective))
    .findLast((value) => value !== undefined);
}
