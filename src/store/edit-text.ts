import { isAlias, isCollection, isMap, isSeq, type ParsedNode, visit } from "yaml";
import { AliasError, UnwritableError } from "../errors.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { type Delta, deltaOf, deltaOfSplices } from "./delta.ts";
import { editMapping } from "./edit-collection.ts";
import { appendItems, removeItems } from "./edit-items.ts";
import type { Edits } from "./edits.ts";
import { requireFits } from "./largest.ts";
import type { ParsedMap, ParsedSeq } from "./layout.ts";
import { placeAt } from "./place.ts";
import { readTree, type TreeText } from "./read-tree.ts";
import { rewriteDocument } from "./rewrite-document.ts";
import { applySplices, lineBreak, type Splice, UnspliceableError } from "./splice.ts";

export interface EditedText {
  readonly text: string;
  /** What the text means, as it was read back. */
  readonly tree: IterationTree;
  readonly delta: Delta;
  /** Whether more than the changed lines had to be written anew; the values are the same all the same. */
  readonly isRewritten: boolean;
}

/**
 * Returns the text that means `after`. Only the lines of what changed differ; where the layout does not allow that, the
 * document is written anew. Either way the result is read back (`read`: a part of a tree has parents elsewhere) and
 * compared. Throws AliasError, UnwritableError.
 */
export function editText(source: TreeText, after: IterationTree, read = readTree): EditedText {
  const spliced = trySplicing(source, after);
  if (spliced) requireFits(spliced.text.length, source.name);
  const splicedTree = spliced && readBack(spliced.text, after, read);
  if (splicedTree) return { ...spliced, tree: splicedTree, isRewritten: false };
  const text = tryRewriting(source, after);
  const tree = text === undefined ? undefined : readBack(text, after, read);
  if (text !== undefined && tree) return { text, tree, delta: deltaOf(source.text, text), isRewritten: true };
  throw new UnwritableError(`${source.name}: this change cannot be written without touching other values`, {
    hint: "Simplify this part of the file by hand (anchors, merge keys, unusual layout), then try again.",
  });
}

/** The text's tree when it is `after`. */
function readBack(text: string, after: IterationTree, read: typeof readTree): IterationTree | undefined {
  try {
    const { tree } = read(text, "");
    return sameValue(tree, after) ? tree : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when an alias would lose its anchor: the parser cannot write that. */
function tryRewriting(source: TreeText, after: IterationTree): string | undefined {
  try {
    return rewriteDocument(source, after);
  } catch {
    return undefined;
  }
}

function trySplicing(source: TreeText, after: IterationTree): Pick<EditedText, "text" | "delta"> | undefined {
  const splices: Splice[] = [];
  const edits: Edits = {
    text: source.text,
    lineBreak: lineBreak(source.text),
    splices,
    requireOwn: ownershipCheck(source),
  };
  try {
    editTree(edits, source, after);
    return { text: applySplices(source.text, splices), delta: deltaOfSplices(source.text, splices) };
  } catch (error) {
    if (error instanceof UnspliceableError) return undefined;
    throw error;
  }
}

function editTree(edits: Edits, { document, tree }: TreeText, after: IterationTree): void {
  const root = document.contents as unknown as ParsedMap;
  const nodes = root.get("nodes", true) as ParsedNode | undefined;
  if (isSeq(nodes) && nodes.items.length > 0 && after.nodes.length > 0) {
    edits.requireOwn(nodes);
    editNodeList(edits, nodes as ParsedSeq, tree.nodes, after.nodes);
    editMapping(edits, root, { ...tree, nodes: undefined }, { ...after, nodes: undefined });
  } else {
    const form = isMap(nodes) ? byId : (list: readonly IterationNode[]) => list;
    editMapping(edits, root, { ...tree, nodes: form(tree.nodes) }, { ...after, nodes: form(after.nodes) });
  }
}

/** Matches items by id, never by position. */
function editNodeList(
  edits: Edits,
  seq: ParsedSeq,
  from: readonly IterationNode[],
  to: readonly IterationNode[],
): void {
  const target = byId(to);
  const known = byId(from);
  const kept = from.filter((node) => Object.hasOwn(target, node.node_id));
  const gone: number[] = [];
  from.forEach((node, i) => {
    const item = seq.items[i] as ParsedNode;
    const wanted = Object.hasOwn(target, node.node_id) ? target[node.node_id] : undefined;
    if (wanted === node || sameValue(node, wanted)) return;
    edits.requireOwn(item);
    if (wanted) editMapping(edits, item as unknown as ParsedMap, node, wanted);
    else gone.push(i);
  });
  removeItems(edits, seq, gone);
  const last = kept.at(-1);
  if (!last) throw new UnspliceableError("every node goes");
  const added = to.filter((node) => !Object.hasOwn(known, node.node_id));
  appendItems(edits, seq, from.indexOf(last), added);
}

function byId(nodes: readonly IterationNode[]): Record<string, IterationNode> {
  return Object.fromEntries(nodes.map((node) => [node.node_id, node]));
}

/** A value that an alias stands for, or that an alias repeats, is not one place: changing it would change the others. */
function ownershipCheck({ document, text, name }: TreeText): Edits["requireOwn"] {
  const repeated = new Set<string>();
  visit(document, { Alias: (_, alias) => void repeated.add(alias.source) });
  return (node) => {
    refuseAlias(node, text, name);
    if (!isAlias(node) && node.anchor && repeated.has(node.anchor))
      throw aliasError(node, text, name, `is repeated by '*${node.anchor}'`);
  };
}

function refuseAlias(node: ParsedNode, text: string, name: string): void {
  if (isAlias(node)) throw aliasError(node, text, name, `is the alias '*${node.source}'`);
}

function aliasError(node: ParsedNode, text: string, name: string, why: string): AliasError {
  const { line, column } = placeAt(text, node.range[0]);
  const what = isCollection(node) ? "the value here" : "the value";
  return new AliasError(`${name}:${line}:${column}: ${what} to be changed ${why}; nothing was written`, {
    hint: "Write the value out by hand at this place, then try again.",
  });
}
