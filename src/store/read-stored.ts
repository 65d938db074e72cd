import { isAlias, visit } from "yaml";
import { InvalidTreeError } from "../errors.ts";
import { findChildrenOutOfStep, findDuplicates } from "../tree/check-tree.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import type { YamlDocument } from "./parse-document.ts";
import { readNodes } from "./read-tree.ts";
import { sameBytes } from "./same-bytes.ts";
import { type Pieces, splitText } from "./split-text.ts";
import { offsetsOf, outOfStepAfter, type Places, type StoredTree } from "./stored-tree.ts";

/**
 * Reads a tree file node by node; nodes that stand in `known` with the same text are taken from there. Undefined when the
 * file has to be read as a whole: its layout is another one, or there is an error, whose place only the whole tells.
 */
export function readStored(bytes: Uint8Array, text: string, known: StoredTree | undefined): StoredTree | undefined {
  const pieces = splitText(text);
  if (!pieces) return undefined;
  try {
    const places = placesOf(pieces, bytes.length === text.length);
    return known?.places ? readAgain(bytes, pieces, places, known, known.places) : readAll(bytes, pieces, places);
  } catch (error) {
    if (error instanceof InvalidTreeError || error instanceof NoPiece) return undefined;
    throw error;
  }
}

/** `isNarrow`: every character is one byte. */
function placesOf({ head, blocks }: Pieces, isNarrow: boolean): Places {
  const lengthOf = isNarrow ? (piece: string) => piece.length : (piece: string) => Buffer.byteLength(piece);
  return { head: lengthOf(head), blocks: blocks.map(lengthOf) };
}

function readAll(bytes: Uint8Array, pieces: Pieces, places: Places): StoredTree {
  const tree: IterationTree = { ...readTop(pieces), nodes: pieces.blocks.map(readBlock) };
  refuseDuplicates(tree);
  return { bytes, tree, isTree: false, places, outOfStep: findChildrenOutOfStep(tree) };
}

/** Reads what is not known. */
function readAgain(
  bytes: Uint8Array,
  pieces: Pieces,
  places: Places,
  known: StoredTree,
  knownPlaces: Places,
): StoredTree {
  const { before, behind } = findSame({ bytes, places }, { bytes: known.bytes, places: knownPlaces });
  const end = pieces.blocks.length - behind;
  const gone = known.tree.nodes.slice(before, knownPlaces.blocks.length - behind);
  const offsets = offsetsOf(knownPlaces);
  const others = new Map(
    gone.map((node, k) => {
      const block = known.bytes.subarray(offsets[before + k], offsets[before + k + 1]);
      return [Buffer.from(block).toString(), node];
    }),
  );
  const come = pieces.blocks.slice(before, end).map((block) => others.get(block) ?? readBlock(block));
  const nodes = [...known.tree.nodes.slice(0, before), ...come, ...known.tree.nodes.slice(offsets.length - 1 - behind)];
  const isTopKnown =
    sameBytes(known.bytes.subarray(0, knownPlaces.head), bytes.subarray(0, places.head)) &&
    sameBytes(known.bytes.subarray(offsets.at(-1)), bytes.subarray(offsetsOf(places).at(-1)));
  const tree = { ...(isTopKnown ? known.tree : readTop(pieces)), nodes };
  const isSameGraph =
    gone.length === come.length &&
    gone.every(({ node_id, parent_id }, k) => node_id === come[k]?.node_id && parent_id === come[k]?.parent_id);
  if (!isSameGraph) refuseDuplicates(tree);
  const outOfStep = outOfStepAfter(known, tree, [...gone, ...come]);
  return { bytes, tree, isTree: isSameGraph && known.isTree, places, outOfStep };
}

function refuseDuplicates(tree: IterationTree): void {
  if (findDuplicates(tree).length > 0) throw new NoPiece();
}

/** What is no piece of a tree: more or less than it should be, or of one meaning with another piece. */
class NoPiece extends Error {}

/** The tree without its nodes. The head is read alone, too: nothing that it begins may end in the tail. */
function readTop({ head, tail }: Pieces): IterationTree {
  readNodes(head, "");
  const { tree, document } = readNodes(head + tail, "");
  if (tree.nodes.length > 0 || findNames(document).length > 0) throw new NoPiece();
  return tree;
}

function readBlock(block: string): IterationNode {
  const { tree, document } = readNodes(`nodes:\n${block}`, "");
  const { nodes, ...others } = tree;
  const [node, another] = nodes;
  if (!node || another || Object.values(others).some((value) => value !== undefined)) throw new NoPiece();
  // How much all aliases repeat together is bounded for the whole file.
  if (block.includes("*") && findNames(document).includes("alias")) throw new NoPiece();
  return node;
}

/** Anchors and aliases, by which one place of a document means what stands at another. */
function findNames(document: YamlDocument): readonly ("anchor" | "alias")[] {
  const found: ("anchor" | "alias")[] = [];
  visit(document, {
    Node: (_, node) => void (!isAlias(node) && (node as { anchor?: string }).anchor && found.push("anchor")),
    Alias: () => void found.push("alias"),
  });
  return found;
}

interface Placed {
  readonly bytes: Uint8Array;
  readonly places: Places;
}

/** How many blocks are the same at the beginning, and how many others at the end. */
function findSame(now: Placed, was: Placed): { readonly before: number; readonly behind: number } {
  const [mine, old] = [offsetsOf(now.places), offsetsOf(was.places)];
  const [are, were] = [mine.length - 1, old.length - 1];
  const range = (from: number, to: number, shift: number) =>
    sameBytes(now.bytes.subarray(mine[from], mine[to]), was.bytes.subarray(old[from + shift], old[to + shift]));
  const most = Math.min(are, were);
  const isAsLong = (i: number, k: number) => now.places.blocks[i] === was.places.blocks[k];
  const before = longest(
    countWhile(most, (i) => isAsLong(i, i)),
    (count) => range(0, count, 0),
  );
  const behind = longest(
    countWhile(most - before, (i) => isAsLong(are - 1 - i, were - 1 - i)),
    (count) => range(are - count, are, were - are),
  );
  return { before, behind };
}

function countWhile(most: number, holds: (i: number) => boolean): number {
  let i = 0;
  while (i < most && holds(i)) i++;
  return i;
}

/** The largest number up to `most` for which it holds, where it holds for all smaller ones. */
function longest(most: number, holds: (count: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
