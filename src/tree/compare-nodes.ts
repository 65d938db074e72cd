import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { commonAncestor, indexTree } from "./lineage.ts";
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
  const [a, b] = [requireNode(tree, idA), requireNode(tree, idB)];
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
        percent: mine.value === 0 ? undefined : (100 * difference) / Math.abs(mine.value),
        better: agree ? better : "unknown",
      },
    ];
  });
  return { a, b, ancestor: commonAncestor(indexTree(tree), idA, idB), objectives };
}
