import { findChildrenOutOfStep } from "../tree/check-tree.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { offsetsFrom } from "./lines.ts";

/** A tree file's bytes, and what they mean. */
export interface StoredTree extends Meaning {
  readonly bytes: Uint8Array;
}

/** What the bytes are to be after an edit: most of its pieces are parts of those from before, and none is copied. */
export interface EditedTree extends Meaning {
  readonly pieces: readonly Uint8Array[];
}

/** What the bytes of a tree file mean, without them. */
export interface Meaning {
  readonly tree: IterationTree;
  /** Whether it is known that the parents make a tree. */
  readonly isTree: boolean;
  /** The nodes whose `children` disagree with `parent_id`. */
  readonly outOfStep: readonly string[];
  /** Where its nodes stand; undefined for a file that has to be read, and edited, as a whole. */
  readonly places: Places | undefined;
}

export interface Places {
  /** How many bytes stand before the first node. */
  readonly head: number;
  /** Bytes of each node's block, in file order; what is left is the tail. */
  readonly blocks: readonly number[];
}

/** A tree as it stands in a file that has to be taken as a whole. */
export function storedWhole(bytes: Uint8Array, tree: IterationTree): StoredTree {
  return { bytes, tree, isTree: false, outOfStep: findChildrenOutOfStep(tree), places: undefined };
}

/** The nodes of `after` whose `children` disagree with `parent_id`, when it differs from a stored tree by `nodes` alone: those that came, and those that went. */
export function outOfStepAfter(
  { outOfStep }: StoredTree,
  after: IterationTree,
  nodes: readonly (IterationNode | undefined)[],
): readonly string[] {
  if (nodes.length === 0) return outOfStep;
  const concerned = new Set(outOfStep);
  for (const node of nodes) {
    if (node) concerned.add(node.node_id);
    if (node?.parent_id) concerned.add(node.parent_id);
  }
  return findChildrenOutOfStep(after, concerned);
}

/** Where each block begins, and where the last one ends. */
export function offsetsOf({ head, blocks }: Places): readonly number[] {
  return offsetsFrom(head, blocks);
}

/** What a person should know of a tree that works all the same: at most one warning. */
export function warningsOf(outOfStep: readonly string[], name: string): readonly string[] {
  if (outOfStep.length === 0) return [];
  const more = outOfStep.length > 1 ? ` and ${outOfStep.length - 1} more` : "";
  return [`${name}: 'children' of '${outOfStep[0]}'${more} disagrees with 'parent_id'; parent_id decides`];
}
