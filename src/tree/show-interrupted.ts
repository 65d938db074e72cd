import type { IterationTree } from "./iteration-tree.ts";

export const interruptedReason = "interrupted: its process is gone";

/** Returns the tree as it is to be shown while nobody is behind these nodes any more: nothing of it is written. */
export function showInterrupted(tree: IterationTree, ids: readonly string[]): IterationTree {
  const wanted = new Set(ids);
  const nodes = tree.nodes.map((node) =>
    wanted.has(node.node_id) ? { ...node, status: "failed" as const, reason: interruptedReason } : node,
  );
  return { ...tree, nodes };
}
