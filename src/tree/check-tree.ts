import { sameValue } from "./diff-trees.ts";
import { nearest } from "./find-node.ts";
import type { IterationTree } from "./iteration-tree.ts";
import { childrenByParent, indexTree } from "./lineage.ts";
import type { Problem } from "./problems.ts";

/** What makes a tree no tree: duplicate ids, unknown parents, cycles. Paths start at the tree's root. */
export function findGraphProblems(tree: IterationTree): readonly Problem[] {
  return [...findDuplicates(tree), ...findOrphans(tree), ...findCycles(tree)];
}

/** Ids that are the same ignoring case: no change can tell such nodes apart. */
export function findDuplicates(tree: IterationTree): readonly Problem[] {
  const seen = new Set<string>();
  return tree.nodes.flatMap(({ node_id: id }, i) => {
    const isNew = !seen.has(id.toLowerCase());
    seen.add(id.toLowerCase());
    const message = `duplicate id '${id}' (ids are unique ignoring case)`;
    return isNew ? [] : [{ path: ["nodes", i, "node_id"], message }];
  });
}

/** Nodes whose parent is not in the tree. */
export function findOrphans(tree: IterationTree): readonly Problem[] {
  const ids = new Set(tree.nodes.map((node) => node.node_id));
  const hints = new Map<string, string>();
  return tree.nodes.flatMap(({ node_id, parent_id }, i) => {
    if (parent_id === null || ids.has(parent_id)) return [];
    if (!hints.has(parent_id)) {
      const near = hints.size < mostHints ? nearest(parent_id, [...ids]) : undefined;
      hints.set(parent_id, near ? `; did you mean '${near}'?` : "");
    }
    const message = `unknown parent '${parent_id}' of '${node_id}'${hints.get(parent_id)}`;
    return [{ path: ["nodes", i, "parent_id"], message }];
  });
}

/** Looking for a near id takes a while, and more problems than this are not shown. */
const mostHints = 10;

/** One problem for each cycle, at a node within it. */
export function findCycles(tree: IterationTree): readonly Problem[] {
  const { byId } = indexTree(tree);
  const places = new Map(tree.nodes.map((node, i) => [node.node_id, i]));
  const settled = new Set<string>();
  return tree.nodes.flatMap((node): Problem[] => {
    const walk = new Set<string>();
    let at: typeof node | undefined = node;
    while (at && !settled.has(at.node_id) && !walk.has(at.node_id)) {
      walk.add(at.node_id);
      at = at.parent_id === null ? undefined : byId.get(at.parent_id);
    }
    const closes = at && walk.has(at.node_id) ? at.node_id : undefined;
    for (const id of walk) settled.add(id);
    if (closes === undefined) return [];
    const steps = [...walk];
    const cycle = [...steps.slice(steps.indexOf(closes)), closes];
    const path = ["nodes", places.get(closes) as number, "parent_id"];
    return [{ path, message: `cycle of parents: ${showCycle(cycle)}` }];
  });
}

const mostSteps = 10;

function showCycle(ids: readonly string[]): string {
  const left = ids.length - mostSteps;
  const shown = left > 0 ? [...ids.slice(0, mostSteps - 1), `(${left} more)`, ids.at(-1)] : ids;
  return shown.join(" -> ");
}

/** The nodes whose `children` disagree with what `parent_id` says, their order aside; of those `among`, where it is given. */
export function findChildrenOutOfStep(tree: IterationTree, among?: ReadonlySet<string>): readonly string[] {
  const isAmong = (id: string) => among === undefined || among.has(id);
  const actual = childrenByParent(tree.nodes, isAmong);
  return tree.nodes
    .filter(({ node_id }) => isAmong(node_id))
    .filter(({ node_id, children }) => !sameValue(children.toSorted(), (actual.get(node_id) ?? []).toSorted()))
    .map((node) => node.node_id);
}
