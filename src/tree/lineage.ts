import type { IterationNode, IterationTree } from "./iteration-tree.ts";

/** Parents and children by `parent_id`, the only truth about them; nodes in file order. */
export interface TreeIndex {
  readonly byId: ReadonlyMap<string, IterationNode>;
  readonly children: ReadonlyMap<string | null, readonly IterationNode[]>;
}

/** Made once for a tree, which never changes. */
const indices = new WeakMap<IterationTree, TreeIndex>();

export function indexTree(tree: IterationTree): TreeIndex {
  const known = indices.get(tree);
  if (known) return known;
  const index = makeIndex(tree);
  indices.set(tree, index);
  return index;
}

function makeIndex(tree: IterationTree): TreeIndex {
  const byId = new Map(tree.nodes.map((node) => [node.node_id, node]));
  const children = new Map<string | null, IterationNode[]>();
  for (const node of tree.nodes) {
    const siblings = children.get(node.parent_id);
    if (siblings) siblings.push(node);
    else children.set(node.parent_id, [node]);
  }
  return { byId, children };
}

export function childrenOf(index: TreeIndex, id: string | null): readonly IterationNode[] {
  return index.children.get(id) ?? [];
}

/** Root first, `id` last; empty for an unknown id. */
export function lineageOf(index: TreeIndex, id: string): readonly IterationNode[] {
  const lineage: IterationNode[] = [];
  const seen = new Set<string>();
  let node = index.byId.get(id);
  while (node && !seen.has(node.node_id)) {
    seen.add(node.node_id);
    lineage.unshift(node);
    node = node.parent_id === null ? undefined : index.byId.get(node.parent_id);
  }
  return lineage;
}

/** The nodes under `id` (under all roots for null), parents before children, without `id` itself. */
export function descendantsOf(index: TreeIndex, id: string | null): readonly IterationNode[] {
  const order: IterationNode[] = [];
  const stack = [...childrenOf(index, id)].reverse();
  const seen = new Set(id === null ? [] : [index.byId.get(id)]);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    order.push(node);
    for (const child of childrenOf(index, node.node_id).toReversed()) stack.push(child);
  }
  return order;
}

/** The node that makes `id` count as pruned: itself or its nearest pruned ancestor. */
export function findPruned(index: TreeIndex, id: string): IterationNode | undefined {
  return lineageOf(index, id).findLast((node) => node.status === "pruned");
}

/** The ids of all nodes that count as pruned, themselves or through an ancestor. */
export function prunedIds(index: TreeIndex): ReadonlySet<string> {
  const pruned = new Set<string>();
  for (const node of descendantsOf(index, null)) {
    if (node.status === "pruned" || (node.parent_id !== null && pruned.has(node.parent_id))) pruned.add(node.node_id);
  }
  return pruned;
}

/** The nearest node that is an ancestor of both, or one of them. */
export function commonAncestor(index: TreeIndex, a: string, b: string): IterationNode | undefined {
  const ids = new Set(lineageOf(index, a).map((node) => node.node_id));
  return lineageOf(index, b).findLast((node) => ids.has(node.node_id));
}
