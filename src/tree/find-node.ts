import { NodeNotFoundError } from "../errors.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { requireSafeId } from "./node-id.ts";

export function findNode(tree: IterationTree, id: string): IterationNode | undefined {
  return tree.nodes.find((node) => node.node_id === id);
}

/** Throws NodeNotFoundError with the nearest id; InvalidIdError for what could be none. */
export function requireNode(tree: IterationTree, id: string): IterationNode {
  const node = findNode(tree, id);
  if (node) return node;
  requireSafeId(id);
  throw new NodeNotFoundError(
    id,
    nearest(
      id,
      tree.nodes.map((each) => each.node_id),
    ),
  );
}

/** The candidate most like `word`, if any is near enough to be a slip of the hand. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    const starts = lower.length > 2 && (other.startsWith(lower) || other.split(/[_.-]/).includes(lower));
    const distance = lower === other ? 0 : starts ? 1 : editDistance(lower, other);
    const most = Math.min(Math.max(2, Math.floor(word.length / 3)), word.length - 1, candidate.length - 1);
    if ((distance === 0 || distance <= most) && (!best || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** Levenshtein distance, by the two-row form of Wagner and Fischer (1974). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
