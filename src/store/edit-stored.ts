import { findGraphProblems } from "../tree/check-tree.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { inFewPieces } from "./byte-pieces.ts";
import { type Delta, deltaOf } from "./delta.ts";
import { joinLists } from "./join-lists.ts";
import type { Pieces } from "./split-text.ts";
import { type EditedTree, offsetsOf, outOfStepAfter, type Places, type StoredTree } from "./stored-tree.ts";

/** What becomes of the nodes of a file. */
interface Changes {
  /** By place; undefined for one that goes. What is not named stays as it is. */
  readonly changed: ReadonlyMap<number, IterationNode | undefined>;
  /** What comes behind them. */
  readonly added: readonly IterationNode[];
}

/** A part of a tree file: its head, the blocks that are concerned with their neighbours, and its tail are a tree file, too. */
export interface PartEdit {
  readonly part: Pieces;
  /** What its blocks mean, and are to mean; undefined for one that goes. */
  readonly was: readonly IterationNode[];
  readonly is: readonly (IterationNode | undefined)[];
  /** What comes behind them. */
  readonly added: readonly IterationNode[];
  /** Whether something else changes than nodes. */
  readonly isTopChanged: boolean;
  /** What all of it is to mean. */
  readonly wanted: IterationTree;
}

export interface EditedPart {
  readonly pieces: Pieces;
  /** What its blocks are read as. */
  readonly nodes: readonly IterationNode[];
  /** What the rest means, where that is another than it was. */
  readonly top?: IterationTree;
}

/** Makes a file mean `after` by an edit of a part of it. Undefined when that is not possible, or `editPart` cannot do it. */
export function editStored(
  source: StoredTree,
  after: IterationTree,
  editPart: (edit: PartEdit) => EditedPart | undefined,
): { readonly stored: EditedTree; readonly delta: Delta } | undefined {
  const { places } = source;
  const changes = findChanges(source.tree.nodes, after.nodes);
  if (!places || !changes || !keepsGraph(source, after, changes)) return undefined;
  const isTopChanged = !sameValue({ ...source.tree, nodes: [] }, { ...after, nodes: [] });
  const chosen = chooseBlocks(places.blocks.length, changes, isTopChanged);
  const was = chosen.map((i) => source.tree.nodes[i] as IterationNode);
  const is = chosen.map((i, k) => (changes.changed.has(i) ? changes.changed.get(i) : was[k]));
  const kept = is.filter((node) => node !== undefined);
  if (kept.length === 0) return undefined;
  const offsets = offsetsOf(places);
  const part = partOf(source.bytes, places.head, offsets, chosen);
  const { added } = changes;
  const wanted = { ...after, nodes: [...kept, ...added] };
  const edited = editPart({ part, was, is, added, isTopChanged, wanted });
  if (edited?.pieces.blocks.length !== wanted.nodes.length) return undefined;
  const { pieces, nodes, top = source.tree } = edited;
  const reachesEnd = added.length > 0 || chosen.at(-1) === places.blocks.length - 1;
  if (!pieces.blocks.every((block, i) => block.endsWith("\n") || (reachesEnd && isLastOf(pieces, i)))) return undefined;
  const { delta, ...placed } = putBack(source.bytes, places, offsets, { chosen, part, pieces, is });
  const tree = { ...top, nodes: nodesOf(source.tree.nodes, nodes, { chosen, is }) };
  const outOfStep = outOfStepAfter(source, tree, [...chosen.flatMap((_, k) => steps(was[k], is[k])), ...added]);
  return { stored: { ...placed, tree, isTree: true, outOfStep }, delta };
}

/** What of a node before and after a change may bring children out of step, or in step. */
function steps(was: IterationNode | undefined, is: IterationNode | undefined): readonly (IterationNode | undefined)[] {
  const isSame = was === is || (was?.parent_id === is?.parent_id && sameValue(was?.children, is?.children));
  return isSame ? [] : [was, is];
}

/** Whether nothing follows the block: only then it may end without a line break. */
function isLastOf({ blocks, tail }: Pieces, i: number): boolean {
  return i === blocks.length - 1 && tail === "";
}

/** Undefined when nodes changed places. */
function findChanges(from: readonly IterationNode[], to: readonly IterationNode[]): Changes | undefined {
  const changed = new Map<number, IterationNode | undefined>();
  let next = 0;
  from.forEach((was, i) => {
    const is = to[next];
    if (is !== was) {
      if (is?.node_id !== was.node_id) {
        changed.set(i, undefined);
        return;
      }
      if (!sameValue(is, was)) changed.set(i, is);
    }
    next++;
  });
  const added = to.slice(next);
  if (added.length > 0 && [...changed.values()].includes(undefined)) {
    const known = new Set(from.map((node) => node.node_id));
    if (added.some((node) => known.has(node.node_id))) return undefined;
  }
  return { changed, added };
}

/** Whether it is certain that the tree is one after the change. */
function keepsGraph(
  { tree: { nodes }, isTree }: StoredTree,
  after: IterationTree,
  { changed, added }: Changes,
): boolean {
  const isMoved = [...changed].some(([i, node]) => node && node.parent_id !== nodes[i]?.parent_id);
  if (isMoved || !isTree) return findGraphProblems(after).length === 0;
  // It was one before: it is one with new leaves under nodes that stay, and with nobody left under nodes that go.
  const gone = new Set([...changed].flatMap(([i, node]) => (node ? [] : nodes[i]?.node_id)));
  if (gone.size > 0 && after.nodes.some(({ parent_id }) => gone.has(parent_id ?? undefined))) return false;
  if (added.length === 0) return true;
  const come = new Set(added.map(({ node_id }) => node_id.toLowerCase()));
  if (come.size < added.length) return false;
  const missing = new Set(added.map(({ parent_id }) => parent_id));
  missing.delete(null);
  for (const { node_id } of nodes) {
    if (come.has(node_id.toLowerCase())) return false;
    if (!gone.has(node_id)) missing.delete(node_id);
  }
  return missing.size === 0;
}

/** The places of all blocks that an edit may touch, or look at for how they are laid out; one at the least. */
function chooseBlocks(count: number, { changed, added }: Changes, isTopChanged: boolean): readonly number[] {
  const chosen = new Set(changed.keys());
  // A key may come behind the last node, or go from there.
  if (isTopChanged) chosen.add(count - 1);
  for (const [i, node] of changed) if (!node) for (const near of [i - 1, i + 1]) chosen.add(near);
  if (added.length > 0 || chosen.size === 0) {
    let last = count - 1;
    while (last > 0 && changed.has(last) && !changed.get(last)) last--;
    for (const near of [last - 1, last]) chosen.add(near);
  }
  return [...chosen].filter((i) => i >= 0 && i < count).sort((a, b) => a - b);
}

function partOf(bytes: Uint8Array, head: number, offsets: readonly number[], chosen: readonly number[]): Pieces {
  const text = (from: number, to?: number) => Buffer.from(bytes.subarray(from, to)).toString();
  return {
    head: text(0, head),
    blocks: chosen.map((i) => text(offsets[i] as number, offsets[i + 1])),
    tail: text(offsets.at(-1) as number),
  };
}

/** The pieces of an edited part in their places in the whole. */
function putBack(
  source: Uint8Array,
  places: Places,
  offsets: readonly number[],
  {
    chosen,
    part,
    pieces,
    is,
  }: Pick<PartEdit, "part" | "is"> & { readonly chosen: readonly number[]; readonly pieces: Pieces },
): Pick<EditedTree, "pieces" | "places"> & { readonly delta: Delta } {
  const written: Uint8Array[] = [];
  const delta: (readonly [number, string, string])[] = [];
  let done = 0;
  /** What stood from `at` on becomes `is`. Returns its length. */
  const replace = (at: number, was: string, is: string): number => {
    if (is !== was) {
      const bytes = Buffer.from(is);
      for (const [within, removed, inserted] of deltaOf(was, is)) delta.push([at + within, removed, inserted]);
      written.push(source.subarray(done, at), bytes);
      done = at + Buffer.byteLength(was);
      return bytes.length;
    }
    return Buffer.byteLength(is);
  };
  const head = replace(0, part.head, pieces.head);
  const blocks = replaceEach(places.blocks, chosen, (k, next) => {
    const [at, was] = [offsets[chosen[k] as number] as number, part.blocks[k] as string];
    const isGone = is[k] === undefined;
    const length = replace(at, was, isGone ? "" : (pieces.blocks[next] as string));
    return isGone ? undefined : length;
  });
  const end = offsets.at(-1) as number;
  const come = pieces.blocks.slice(is.filter((node) => node !== undefined).length);
  for (const block of come) blocks.push(replace(end, "", block));
  replace(end, part.tail, pieces.tail);
  return { pieces: inFewPieces([...written, source.subarray(done)]), places: { head, blocks }, delta };
}

/** The nodes as the file has them now; those of the part are its own, then what comes. */
function nodesOf(
  nodes: readonly IterationNode[],
  part: readonly IterationNode[],
  { chosen, is }: Pick<PartEdit, "is"> & { readonly chosen: readonly number[] },
): readonly IterationNode[] {
  const kept = is.filter((node) => node !== undefined).length;
  return [...replaceEach(nodes, chosen, (k, next) => is[k] && part[next]), ...part.slice(kept)];
}

/** A list with other values at the places that are `chosen`, in ascending order; undefined for one that goes. `replace` gets a place's number, and how many of those before it stay. */
function replaceEach<T>(
  list: readonly T[],
  chosen: readonly number[],
  replace: (k: number, next: number) => T | undefined,
): T[] {
  const pieces: T[][] = [];
  let [done, next] = [0, 0];
  chosen.forEach((i, k) => {
    const value = replace(k, next);
    pieces.push(list.slice(done, i));
    done = i + 1;
    if (value === undefined) return;
    pieces.push([value]);
    next++;
  });
  return joinLists([...pieces, list.slice(done)]);
}
