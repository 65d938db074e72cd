import type { IterationNode, IterationTree } from "./iteration-tree.ts";

/** Parents and children by `parent_id`, the only truth about them; nodes in file order. */
export interface TreeIndex {
  readonly nodes: readonly IterationNode[];
  readonly byId: ReadonlyMap<string, IterationNode>;
  /** The same for a few, for which no map of all is made. */
  readonly find: (id: string) => IterationNode | undefined;
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

/** As many as a lineage or two are long. */
const few = 32;

/** Each map is made when it is asked for: of a large tree it takes a while. */
function makeIndex({ nodes }: IterationTree): TreeIndex {
  let byId: ReadonlyMap<string, IterationNode> | undefined;
  let children: ReadonlyMap<string | null, readonly IterationNode[]> | undefined;
  let ids: readonly string[] | undefined;
  let asked = 0;
  return {
    nodes,
    get byId() {
      byId ??= mapById(nodes);
      return byId;
    },
    find(id) {
      asked++;
      if (byId || asked > few) return this.byId.get(id);
      ids ??= nodes.map((node) => node.node_id);
      return nodes[ids.indexOf(id)];
    },
    get children() {
      children ??= byParent(nodes);
      return children;
    },
  };
}

/** Of thousands of nodes, pairs for a map take as long as the map. */
function mapById(nodes: readonly IterationNode[]): ReadonlyMap<string, IterationNode> {
  const byId = new Map<string, IterationNode>();
  for (const node of nodes) byId.set(node.node_id, node);
  return byId;
}

function byParent(nodes: readonly IterationNode[]): ReadonlyMap<string | null, readonly IterationNode[]> {
  const children = new Map<string | null, IterationNode[]>();
  for (const node of nodes) {
    const { parent_id } = node;
    const siblings = children.get(parent_id);
    if (siblings) siblings.push(node);
    else children.set(parent_id, [node]);
  }
  return children;
}

/** The ids of the children of those parents that are `wanted`; the others are not among the keys. */
export function childrenByParent(
  nodes: readonly IterationNode[],
  isWanted: (id: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const node of nodes) {
    const { parent_id } = node;
    if (parent_id === null || !isWanted(parent_id)) continue;
    const { node_id } = node;
    const children = found.get(parent_id);
    if (children) children.push(node_id);
    else found.set(parent_id, [node_id]);
  }
  return found;
}

export function childrenOf(index: TreeIndex, id: string | null): readonly IterationNode[] {
  return index.children.get(id) ?? [];
}

/** Root first, `id` last; empty for an unknown id. */
export function lineageOf(index: TreeIndex, id: string): readonly IterationNode[] {
  const lineage: IterationNode[] = [];
  const seen = new Set<string>();
  let node = index.find(id);
  while (node && !seen.has(node.node_id)) {
    seen.add(node.node_id);
    lineage.unshift(node);
    node = node.parent_id === null ? undefined : index.find(node.parent_id);
  }
  return lineage;
}

/** The nodes under `id` (under all roots for null), parents before children, without `id` itself. */
export function descendantsOf(index: TreeIndex, id: string | null): readonly IterationNode[] {
  return [...walkDown(index, id)];
}

/** The same one by one, for who may not want all of them. */
export function* walkDown(index: TreeIndex, id: string | null): Generator<IterationNode> {
  const stack = [...childrenOf(index, id)].reverse();
  // Only a walk that begins at a node can meet it again: those without a root above them are reached no other way.
  const start = id === null ? undefined : index.byId.get(id);
  const seen = new Set(start ? [start] : []);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    yield node;
    const children = childrenOf(index, node.node_id);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as IterationNode);
  }
}

/** Which of the nodes a walk down from the roots meets first. Undefined for none. */
export function firstInTree(index: TreeIndex, nodes: readonly IterationNode[]): IterationNode | undefined {
  if (nodes.length > few) {
    const asked = new Set(nodes);
    for (const node of walkDown(index, null)) if (asked.has(node)) return node;
  }
  return nodes.reduce<IterationNode | undefined>((a, b) => (a && isBefore(index, a, b) ? a : b), undefined);
}

/** Decided where the two lineages part: for a few, the walk itself would take longer. */
function isBefore(index: TreeIndex, a: IterationNode, b: IterationNode): boolean {
  const [above, beside] = [lineageOf(index, a.node_id), lineageOf(index, b.node_id)];
  const fork = above.findIndex((node, i) => node !== beside[i]);
  const [left, right] = [above[fork], beside[fork]];
  return !left || (right !== undefined && index.nodes.indexOf(left) < index.nodes.indexOf(right));
}

/** The node that makes `id` count as pruned: itself or its nearest pruned ancestor. */
export function findPruned(index: TreeIndex, id: string): IterationNode | undefined {
  return lineageOf(index, id).findLast((node) => node.status === "pruned");
}

const prunedOf = new WeakMap<TreeIndex, ReadonlySet<string>>();

/** The ids of all nodes that count as pruned, themselves or through an ancestor. */
export function prunedIds(index: TreeIndex): ReadonlySet<string> {
  const known = prunedOf.get(index);
  if (known) return known;
  const pruned = new Set<string>();
  for (const node of index.nodes) {
    if (node.status !== "pruned") continue;
    const id = node.node_id;
    if (pruned.has(id)) continue;
    pruned.add(id);
    for (const node of walkDown(index, id)) pruned.add(node.node_id);
  }
  prunedOf.set(index, pruned);
  return pruned;
}

/** The nearest node that is an ancestor of both, or one of them. */
export function commonAncestor(index: TreeIndex, a: string, b: string): IterationNode | undefined {
  const ids = new Set(lineageOf(index, a).map((node) => node.node_id));
  return lineageOf(index, b).findLast((node) => ids.has(node.node_id));
}
