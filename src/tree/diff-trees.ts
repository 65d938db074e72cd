import type { IterationNode, IterationTree } from "./iteration-tree.ts";

/** What differs between two trees, in the order of the later one; removals first. */
export type TreeDifference =
  | { readonly kind: "remove"; readonly id: string }
  | { readonly kind: "add"; readonly node: IterationNode }
  | {
      readonly kind: "change";
      readonly id: string;
      readonly key: string;
      readonly from: unknown;
      readonly to: unknown;
    };

/** Matches nodes by id, never by position. Keys whose value is undefined are absent. */
export function diffTrees(before: IterationTree, after: IterationTree): readonly TreeDifference[] {
  const old = new Map(before.nodes.map((node) => [node.node_id, node]));
  const kept = new Set(after.nodes.map((node) => node.node_id));
  const removed = before.nodes.filter((node) => !kept.has(node.node_id));
  return [
    ...removed.map(({ node_id }) => ({ kind: "remove", id: node_id }) as const),
    ...after.nodes.flatMap((node): TreeDifference[] => {
      const was = old.get(node.node_id);
      if (was === node) return [];
      return was ? diffNodes(was, node) : [{ kind: "add", node }];
    }),
  ];
}

function diffNodes(was: IterationNode, is: IterationNode): TreeDifference[] {
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return keys
    .map((key) => ({ key, from: ownValue(was, key), to: ownValue(is, key) }))
    .filter(({ from, to }) => !sameValue(from, to))
    .map((change) => ({ kind: "change", id: is.node_id, ...change }));
}

/** A key such as `constructor` or `__proto__` is looked up as an own key only. */
export function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

/** Deep equality of plain data; an undefined key equals an absent one, -0 differs from 0. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Set && b instanceof Set) return sameValue([...a].sort(), [...b].sort());
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, i) => sameValue(each, b[i]));
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameValue(ownValue(a, key), ownValue(b, key)));
}
