import { sameValue } from "./diff-trees.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { childrenOf, indexTree } from "./lineage.ts";

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
  const old = indexTree(before);
  const index = indexTree({ ...before, nodes });
  const moved = new Set<string | null>();
  for (const node of nodes) if (!old.byId.has(node.node_id)) moved.add(node.parent_id);
  for (const node of before.nodes) if (!index.byId.has(node.node_id)) moved.add(node.parent_id);
  const inStep = nodes.map((node) => {
    const was = old.byId.get(node.node_id);
    if (was && !moved.has(node.node_id) && sameValue(was, node)) return was;
    const children = childrenOf(index, node.node_id).map((child) => child.node_id);
    return sameValue(children.toSorted(), node.children.toSorted()) ? node : { ...node, children };
  });
  const tree = { ...before, nodes: inStep };
  const node = inStep.find((each) => each.node_id === id) ?? old.byId.get(id);
  return { tree, node: node as IterationNode, warnings };
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
  const children = tree.nodes.filter((each) => each.parent_id === id).map((child) => child.node_id);
  const isInStep = sameValue(children.toSorted(), node.children.toSorted());
  const replaced = isInStep ? node : { ...node, children };
  return {
    tree: { ...tree, nodes: tree.nodes.map((each) => (each === was ? replaced : each)) },
    node: replaced,
    warnings,
  };
}
