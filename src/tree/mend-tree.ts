import type { Change } from "./change.ts";
import { findCycles, findOrphans } from "./check-tree.ts";
import { sameValue } from "./diff-trees.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { childrenOf, indexTree } from "./lineage.ts";

export interface MendRequest {
  /** Nodes whose worktree was moved, with the new path. */
  readonly moved?: ReadonlyMap<string, string> | undefined;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree in which every parent exists, no lineage closes on itself, and `children` agree; what was is noted on the node. */
export function mendTree(tree: IterationTree, { moved = new Map(), now }: MendRequest): Change {
  const loose = new Set([...findOrphans(tree), ...findCycles(tree)].map(({ path: [, i] }) => i));
  const mended = tree.nodes.map((node, i) => {
    let next: IterationNode = loose.has(i) ? asRoot(node) : node;
    const path = moved.get(node.node_id);
    if (path !== undefined && next.worktree) next = { ...next, worktree: { ...next.worktree, path } };
    return next === node ? node : { ...next, updated_at: now };
  });
  const index = indexTree({ nodes: mended });
  const nodes = mended.map((node) => {
    const children = childrenOf(index, node.node_id).map((child) => child.node_id);
    return sameValue(children.toSorted(), node.children.toSorted()) ? node : { ...node, children };
  });
  const changed = nodes.find((node, i) => node !== tree.nodes[i]);
  return { tree: { ...tree, nodes }, node: (changed ?? nodes[0]) as IterationNode, warnings: [] };
}

function asRoot(node: IterationNode): IterationNode {
  const note = `doctor: parent_id was '${node.parent_id}'`;
  return { ...node, parent_id: null, notes: [...(node.notes ?? []), note] };
}
