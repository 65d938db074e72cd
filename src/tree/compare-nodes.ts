import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { commonAncestor, findPruned, indexTree, type TreeIndex } from "./lineage.ts";
import { changeBetween, isBetter } from "./objective.ts";
import { type Direction, findObjective, objectivesOf, primaryOf } from "./results.ts";

/** One metric that both nodes have; `difference` is b minus a, `percent` relative to |a| (undefined when a is 0). */
export interface SharedObjective {
  readonly metric: string;
  readonly direction: Direction | "differs";
  readonly isPrimary: boolean;
  readonly a: number;
  readonly b: number;
  readonly difference: number;
  readonly percent: number | undefined;
  readonly better: "a" | "b" | "equal" | "unknown";
}

export interface Comparison {
  readonly a: IterationNode;
  readonly b: IterationNode;
  readonly ancestor: IterationNode | undefined;
  readonly objectives: readonly SharedObjective[];
}

/** Throws NodeNotFoundError. */
export function compareNodes(tree: IterationTree, idA: string, idB: string): Comparison {
  const index = indexTree(tree);
  const [a, b] = [asShown(requireNode(tree, idA), index), asShown(requireNode(tree, idB), index)];
  const primary = a.results ? primaryOf(a.results).metric : undefined;
  const objectives = (a.results ? objectivesOf(a.results) : []).flatMap((mine): SharedObjective[] => {
    const other = findObjective(b.results, mine.metric);
    if (!other) return [];
    const difference = changeBetween(mine.value, other.value);
    const agree = mine.direction === other.direction;
    const better = isBetter(other.value, mine.value, mine) ? "b" : other.value === mine.value ? "equal" : "a";
    return [
      {
        metric: mine.metric,
        direction: agree ? mine.direction : "differs",
        isPrimary: mine.metric === primary,
        a: mine.value,
        b: other.value,
        difference,
        percent: percentOf(difference, mine.value),
        better: agree ? better : "unknown",
      },
    ];
  });
  return { a, b, ancestor: commonAncestor(index, idA, idB), objectives };
}

/** A node under a pruned one counts as pruned. */
function asShown(node: IterationNode, index: TreeIndex): IterationNode {
  return findPruned(index, node.node_id) ? { ...node, status: "pruned" } : node;
}

/** Relative to |from|; undefined where that is no finite number. */
function percentOf(difference: number, from: number): number | undefined {
  const percent = 100 * (difference / Math.abs(from));
  return Number.isFinite(percent) ? percent : undefined;
}
