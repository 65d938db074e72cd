import { isAlias, visit } from "yaml";
import { InvalidTreeError } from "../errors.ts";
import { findChildrenOutOfStep, findDuplicates } from "../tree/check-tree.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import type { YamlDocument } from "./parse-document.ts";
import { readNodes } from "./read-tree.ts";
import { type Pieces, splitText } from "./split-text.ts";
import { offsetsOf, type Places, type StoredTree } from "./stored-tree.ts";

/**
 * Reads a tree file node by node; nodes that stand in `known` with the same text are taken from there. Undefined when the
 * file has to be read as a whole: its layout is another one, or there is an error, whose place only the whole tells.
 */
export function readStored(bytes: Uint8Array, text: string, known: StoredTree | undefined): StoredTree | undefined {
  const pieces = splitText(text);
  if (!pieces) return undefined;
  try {
    const top = readTop(pieces);
    const head = Buffer.byteLength(pieces.head);
    const blocks = pieces.blocks.map((block) => Buffer.byteLength(block));
    const places = { head, blocks };
    const nodeOf = known?.places ? findKnown(known, known.places, bytes, places) : () => undefined;
    const nodes = pieces.blocks.map((block, i) => nodeOf(i, block) ?? readBlock(block));
    const tree: IterationTree = { ...top, nodes };
    if (findDuplicates(tree).length > 0) return undefined;
    return { bytes, tree, isTree: false, places, outOfStep: findChildrenOutOfStep(tree) };
  } catch (error) {
    if (error instanceof InvalidTreeError || error instanceof NoPiece) return undefined;
    throw error;
  }
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

/** Finds nodes by their blocks: those before and behind what changed by where they stand, and others by their text. */
function findKnown(
  known: StoredTree,
  places: Places,
  bytes: Uint8Array,
  placesNow: Places,
): (i: number, block: string) => IterationNode | undefined {
  const [old, now] = [offsetsOf(places), offsetsOf(placesNow)];
  const [were, are] = [places.blocks.length, placesNow.blocks.length];
  const isSame = (i: number, k: number) =>
    Buffer.compare(bytes.subarray(now[i], now[i + 1]), known.bytes.subarray(old[k], old[k + 1])) === 0;
  const most = Math.min(are, were);
  let first = 0;
  while (first < most && isSame(first, first)) first++;
  let last = 0;
  while (last < most - first && isSame(are - 1 - last, were - 1 - last)) last++;
  const shift = were - are;
  const others = new Map<string, IterationNode>();
  for (let k = first; k < were - last; k++) {
    const text = Buffer.from(known.bytes.subarray(old[k], old[k + 1])).toString();
    others.set(text, known.tree.nodes[k] as IterationNode);
  }
  return (i, block) => {
    if (i < first) return known.tree.nodes[i];
    if (i >= are - last) return known.tree.nodes[i + shift];
    return others.get(block);
  };
}
