import type { IterationNode, IterationTree, Status } from "../src/tree/iteration-tree.ts";
import { statuses } from "../src/tree/iteration-tree.ts";
import { nodeSchema } from "../src/tree/tree-schema.ts";

/**
 * A tree from words: `growTree("root=0.8", "a<root=0.9", "b<root!failed")`. `id<parent=value!status`; a value makes the
 * node completed with accuracy (maximize), without one it is pending.
 */
export function growTree(...words: readonly string[]): IterationTree {
  const nodes = words.map(growNode);
  const children = (id: string) => nodes.filter((node) => node.parent_id === id).map((node) => node.node_id);
  return { version: 1, nodes: nodes.map((node) => ({ ...node, children: children(node.node_id) })) };
}

function growNode(word: string): IterationNode {
  const [, id, parent, value, status] = /^([^<=!]+)(?:<([^=!]+))?(?:=([^!]+))?(?:!(.+))?$/.exec(word) ?? [];
  if (status !== undefined && !(statuses as readonly string[]).includes(status))
    throw new Error(`bad status in '${word}'`);
  return nodeSchema.parse({
    node_id: id,
    parent_id: parent ?? null,
    description: `try ${id}`,
    command: "node train.mjs",
    status: (status as Status | undefined) ?? (value === undefined ? "pending" : "completed"),
    results:
      value === undefined ? null : { primary_metric: "accuracy", primary_value: Number(value), direction: "maximize" },
  });
}
