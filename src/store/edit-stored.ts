import { findGraphProblems } from "../tree/check-tree.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { type Delta, deltaOf } from "./delta.ts";
import type { Pieces } from "./split-text.ts";
import { offsetsOf, outOfStepAfter, type Places, type StoredTree } from "./stored-tree.ts";

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
  /** What its blocks mean now. */
  readonly nodes: readonly IterationNode[];
  /** What the rest means, where that is another than it was. */
  readonly top?: IterationTree;
}

/** Makes a file mean `after` by an edit of a part of it. Undefined when that is not possible, or `editPart` cannot do it. */
export function editStored(
  source: StoredTree,
  after: IterationTree,
  editPart: (edit: PartEdit) => EditedPart | undefined,
): { readonly stored: StoredTree; readonly delta: Delta } | undefined {
  const { places } = source;
  const changes = findChanges(source.tree.nodes, after.nodes);
  if (!places || !changes || !keepsGraph(source, after, changes)) return undefined;
  const isTopChanged = !sameValue({ ...source.tree, nodes: [] }, { ...after, nodes: [] });
  const chosen = chooseBlocks(places.blocks.length, changes, isTopChanged);
  const was = chosen.map((i) => source.tree.nodes[i] as IterationNode);
  const is = chosen.map((i, k) => (changes.changed.has(i) ? changes.changed.get(i) : was[k]));
  const kept = is.filter((node) => node !== undefined);
  if (kept.length === 0) return undefined;
  const part = partOf(source.bytes, places, chosen);
  const { added } = changes;
  const wanted = { ...after, nodes: [...kept, ...added] };
  const edited = editPart({ part, was, is, added, isTopChanged, wanted });
  if (edited?.pieces.blocks.length !== wanted.nodes.length) return undefined;
  const { pieces, nodes, top = source.tree } = edited;
  const reachesEnd = added.length > 0 || chosen.at(-1) === places.blocks.length - 1;
  if (!pieces.blocks.every((block, i) => block.endsWith("\n") || (reachesEnd && isLastOf(pieces, i)))) return undefined;
  const { delta, ...placed } = putBack(source.bytes, places, { chosen, part, pieces, changes });
  const tree = { ...top, nodes: nodesOf(source.tree.nodes, nodes, { chosen, changes }) };
  const concerned = [...changes.changed].flatMap(([i, node]) => [source.tree.nodes[i], node]);
  const outOfStep = outOfStepAfter(source, tree, [...concerned, ...added]);
  return { stored: { ...placed, tree, isTree: true, outOfStep }, delta };
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
    if (is?.node_id !== was.node_id) changed.set(i, undefined);
    else if (is !== was && !sameValue(is, was)) changed.set(i, is);
    if (is?.node_id === was.node_id) next++;
  });
  const added = to.slice(next);
  if (added.length > 0) {
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
  const ids = new Set(nodes.map(({ node_id }) => node_id));
  const lower = new Set(nodes.map(({ node_id }) => node_id.toLowerCase()));
  return added.every(({ node_id: id, parent_id }) => {
    const isNew = !lower.has(id.toLowerCase());
    lower.add(id.toLowerCase());
    return isNew && (parent_id === null || (ids.has(parent_id) && !gone.has(parent_id)));
  });
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

function partOf(bytes: Uint8Array, places: Places, chosen: readonly number[]): Pieces {
  const offsets = offsetsOf(places);
  const text = (from: number, to?: number) => Buffer.from(bytes.subarray(from, to)).toString();
  return {
    head: text(0, places.head),
    blocks: chosen.map((i) => text(offsets[i] as number, offsets[i + 1])),
    tail: text(offsets.at(-1) as number),
  };
}

/** The pieces of an edited part in their places in the whole. */
function putBack(
  source: Uint8Array,
  places: Places,
  edit: {
    readonly chosen: readonly number[];
    readonly part: Pieces;
    readonly pieces: Pieces;
    readonly changes: Changes;
  },
): Pick<StoredTree, "bytes" | "places"> & { readonly delta: Delta } {
  const { chosen, part, pieces, changes } = edit;
  const offsets = offsetsOf(places);
  const blocks: number[] = [];
  const written: Uint8Array[] = [];
  const delta: (readonly [number, string, string])[] = [];
  let [done, next] = [0, 0];
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
  const order = new Map(chosen.map((i, k) => [i, k]));
  places.blocks.forEach((length, i) => {
    const place = order.get(i);
    const isGone = changes.changed.has(i) && !changes.changed.get(i);
    if (place === undefined) blocks.push(length);
    else {
      const left = replace(
        offsets[i] as number,
        part.blocks[place] as string,
        isGone ? "" : (pieces.blocks[next++] as string),
      );
      if (!isGone) blocks.push(left);
    }
  });
  const end = offsets.at(-1) as number;
  for (const block of pieces.blocks.slice(next)) blocks.push(replace(end, "", block));
  replace(end, part.tail, pieces.tail);
  return { bytes: Buffer.concat([...written, source.subarray(done)]), places: { head, blocks }, delta };
}

/** The nodes as the file has them now. */
function nodesOf(
  nodes: readonly IterationNode[],
  part: readonly IterationNode[],
  { chosen, changes }: { readonly chosen: readonly number[]; readonly changes: Changes },
): readonly IterationNode[] {
  const places = new Set(chosen);
  let next = 0;
  const kept = nodes.flatMap((node, i) => {
    if (!places.has(i)) return node;
    return changes.changed.has(i) && !changes.changed.get(i) ? [] : (part[next++] as IterationNode);
  });
  return [...kept, ...part.slice(next)];
}
