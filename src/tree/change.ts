import { sameValue } from "./diff-trees.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { childrenByParent } from "./lineage.ts";

/** A tree edit as a value: the changed tree, the node it is about, and what the caller should be told. */
export interface Change {
  readonly tree: IterationTree;
  readonly node: IterationNode;
  readonly warnings: readonly string[];
}

/** Replaces the nodes of `before` by `nodes`; `children` of every node that changed, and of the parents of nodes that came or went, are brought in step with `parent_id`. */
export function changeNodes(
  before: IterationTree,
  nodes: readonly IterationNode[],
  id: string,
  warnings: readonly string[] = [],
): Change {
  const fresh = new Set(missingFrom(before.nodes, nodes));
  const came = byId([...fresh]);
  const went = byId(missingFrom(nodes, before.nodes));
  const parents = new Set<string | null>();
  for (const [each, node] of came) if (!went.has(each)) parents.add(node.parent_id);
  for (const [each, node] of went) if (!came.has(each)) parents.add(node.parent_id);
  const children = childrenByParent(nodes, (each) => parents.has(each) || came.has(each));
  const inStep = nodes.map((node) => {
    const was = went.get(node.node_id);
    if (!parents.has(node.node_id)) {
      if (!fresh.has(node)) return node;
      if (was && sameValue(was, node)) return was;
    }
    return bringInStep(node, children.get(node.node_id));
  });
  const node = inStep.find((each) => each.node_id === id) ?? went.get(id);
  return { tree: { ...before, nodes: inStep }, node: node as IterationNode, warnings };
}

/** So many are looked for one by one. */
const few = 16;

/** Those of `wanted` that are not among the `nodes`. Both lists have nearly all nodes in the same order, and to walk along them is quicker than a set of all. */
function missingFrom(nodes: readonly IterationNode[], wanted: readonly IterationNode[]): readonly IterationNode[] {
  const missing: IterationNode[] = [];
  let next = 0;
  for (const node of wanted) {
    const at = nodes[next] === node ? next : nodes.indexOf(node);
    if (at >= 0) next = at + 1;
    else if (missing.push(node) > few) {
      const known = new Set(nodes);
      return wanted.filter((each) => !known.has(each));
    }
  }
  return missing;
}

function byId(nodes: readonly IterationNode[]): ReadonlyMap<string, IterationNode> {
  return new Map(nodes.map((node) => [node.node_id, node]));
}

function bringInStep(node: IterationNode, children: readonly string[] = []): IterationNode {
  return sameValue(children.toSorted(), node.children.toSorted()) ? node : { ...node, children: [...children] };
}

/** Replaces the node of the same id. */
export function replaceNode(tree: IterationTree, node: IterationNode, warnings: readonly string[] = []): Change {
  const id = node.node_id;
  const was = tree.nodes.find((each) => each.node_id === id);
  if (was === undefined || was.parent_id !== node.parent_id)
    return changeNodes(
      tree,
      tree.nodes.map((each) => (each === was ? node : each)),
      id,
      warnings,
    );
  if (sameValue(was, node)) return { tree, node: was, warnings };
  const replaced = bringInStep(node, childrenByParent(tree.nodes, (each) => each === id).get(id));
  return {
    tree: { ...tree, nodes: tree.nodes.map((each) => (each === was ? replaced : each)) },
    node: replaced,
    warnings,
  };
}
