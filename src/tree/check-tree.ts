import { sameValue } from "./diff-trees.ts";
import { nearest } from "./find-node.ts";
import type { IterationTree } from "./iteration-tree.ts";
import { childrenOf, indexTree } from "./lineage.ts";
import type { Problem } from "./problems.ts";

/** What makes a tree no tree: duplicate ids, unknown parents, cycles. Paths start at the tree's root. */
export function findGraphProblems(tree: IterationTree): readonly Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, number>();
  tree.nodes.forEach((node, i) => {
    const before = first.get(node.node_id.toLowerCase());
    if (before === undefined) first.set(node.node_id.toLowerCase(), i);
    else
      problems.push({
        path: ["nodes", i, "node_id"],
        message: `duplicate id '${node.node_id}' (ids are unique ignoring case)`,
      });
  });
  const { byId } = indexTree(tree);
  const settled = new Set<string>();
  tree.nodes.forEach((node, i) => {
    if (node.parent_id !== null && !byId.has(node.parent_id)) {
      const near = nearest(node.parent_id, [...byId.keys()]);
      const hint = near ? `; did you mean '${near}'?` : "";
      problems.push({
        path: ["nodes", i, "parent_id"],
        message: `unknown parent '${node.parent_id}' of '${node.node_id}'${hint}`,
      });
    }
    const walk: string[] = [];
    for (let at: typeof node | undefined = node; at && !settled.has(at.node_id); ) {
      if (walk.includes(at.node_id)) {
        const cycle = [...walk.slice(walk.indexOf(at.node_id)), at.node_id];
        problems.push({ path: ["nodes", i, "parent_id"], message: `cycle of parents: ${cycle.join(" -> ")}` });
        break;
      }
      walk.push(at.node_id);
      at = at.parent_id === null ? undefined : byId.get(at.parent_id);
    }
    for (const id of walk) settled.add(id);
  });
  return problems;
}

/** The nodes whose `children` disagree with what `parent_id` says. */
export function findChildrenOutOfStep(tree: IterationTree): readonly string[] {
  const index = indexTree(tree);
  return tree.nodes
    .filter(
      (node) =>
        !sameValue(new Set(node.children), new Set(childrenOf(index, node.node_id).map((child) => child.node_id))),
    )
    .map((node) => node.node_id);
}
