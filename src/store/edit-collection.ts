import { isCollection, isMap, isScalar, isSeq, type ParsedNode } from "yaml";
import { ownValue, sameValue } from "../tree/diff-trees.ts";
import { appendItems, removeFlowItem, removeItems } from "./edit-items.ts";
import {
  columnOf,
  commentOn,
  type Edits,
  insert,
  insertLines,
  isFirstOnLine,
  removeLines,
  splice,
  withoutLineBreak,
} from "./edits.ts";
import { emitBlock, emitFlow, emitPair, isMapping, needsBlock } from "./emit.ts";
import {
  colonEnd,
  contentEnd,
  isEmptyValue,
  keyStart,
  type ParsedMap,
  type ParsedPair,
  type ParsedSeq,
  pairEnd,
  pairsOf,
  refuseTag,
} from "./layout.ts";
import { renderText } from "./scalar.ts";
import { lineEnd, UnspliceableError } from "./splice.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Makes the mapping at `map`, which means `from`, mean `to`; only the lines of what differs change. */
export function editMapping(edits: Edits, map: ParsedMap, from: Mapping, to: Mapping): void {
  const changes = [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .map((key) => ({ key, was: ownValue(from, key), is: ownValue(to, key) }))
    .filter(({ was, is }) => !sameValue(was, is));
  const pairs = pairsOf(map);
  const pairOf = (key: string) => pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  const removed = new Set(changes.flatMap(({ key, is }) => (is === undefined ? (pairOf(key) ?? []) : [])));
  const last = pairs.findLast((pair) => !removed.has(pair));
  if (!last && pairs.length > 0) throw new UnspliceableError("every key goes");
  for (const { key, was, is } of changes) {
    const pair = pairOf(key);
    if (pair && removed.has(pair)) removePair(edits, map, pair);
    else if (pair) editValue(edits, map, pair, was, is);
    else if (is !== undefined) insertPair(edits, map, last, [key, is]);
  }
}

function editValue(edits: Edits, map: ParsedMap, pair: ParsedPair, from: unknown, to: unknown): void {
  const { value } = pair;
  if (value) edits.requireOwn(value);
  refuseTag(value);
  if (isMap(value) && isMapping(from) && isMapping(to) && keepsSome(value as ParsedMap, to)) {
    editMapping(edits, value as ParsedMap, from, to);
  } else if (isSeq(value) && canEditList(value as ParsedSeq, from, to)) {
    editList(edits, value as ParsedSeq, from as readonly unknown[], to as readonly unknown[]);
  } else if (isCollection(value) && canEmpty(edits.text, value as ParsedMap | ParsedSeq, to)) {
    emptyCollection(edits, pair, value as ParsedMap | ParsedSeq);
  } else {
    replaceValue(edits, map, pair, to);
  }
}

/** Whether nothing is left of the collection but what stands between its items: comments and blank lines. */
function canEmpty(text: string, collection: ParsedMap | ParsedSeq, to: unknown): boolean {
  if (collection.items.length === 0 || isSeq(collection) !== Array.isArray(to)) return false;
  if (typeof to !== "object" || to === null || needsBlock(to)) return false;
  return !collection.flow || /\n[ \t]*(#|\r?\n)/.test(text.slice(collection.range[0], collection.range[1]));
}

/** Takes out every item with its own lines, so that the comments between them stay. */
function emptyCollection(edits: Edits, pair: ParsedPair, collection: ParsedMap | ParsedSeq): void {
  if (isMap(collection)) for (const each of pairsOf(collection)) removePair(edits, collection, each);
  else removeItems(edits, collection, [...collection.items.keys()]);
  if (!collection.flow) insert(edits, colonEnd(pair), isMap(collection) ? " {}" : " []", 0);
}

/** Whether a key of the mapping stays; when none does, the value is replaced whole. */
function keepsSome(map: ParsedMap, to: Mapping): boolean {
  return pairsOf(map).some((pair) => isScalar(pair.key) && ownValue(to, String(pair.key.value)) !== undefined);
}

/** Whether the list can be changed item by item: the same items, mappings among them with other values, then some more. */
function canEditList(seq: ParsedSeq, from: unknown, to: unknown): boolean {
  if (!Array.isArray(from) || !Array.isArray(to) || from.length === 0) return false;
  if (seq.items.length !== from.length || to.length < from.length) return false;
  return seq.items.every(
    (item, i) => sameValue(from[i], to[i]) || (isMap(item) && isMapping(from[i]) && isMapping(to[i])),
  );
}

function editList(edits: Edits, seq: ParsedSeq, from: readonly unknown[], to: readonly unknown[]): void {
  (seq.items as ParsedNode[]).forEach((item, i) => {
    if (sameValue(from[i], to[i])) return;
    edits.requireOwn(item);
    editMapping(edits, item as unknown as ParsedMap, from[i] as Mapping, to[i] as Mapping);
  });
  appendItems(edits, seq, seq.items.length - 1, to.slice(from.length));
}

function removePair(edits: Edits, map: ParsedMap, pair: ParsedPair): void {
  if (pair.value) edits.requireOwn(pair.value);
  const pairs = pairsOf(map);
  const index = pairs.indexOf(pair);
  const next = pairs[index + 1];
  if (map.flow) {
    removeFlowItem(edits, pairs, index, (each) => [keyStart(each), pairEnd(each)]);
  } else if (isFirstOnLine(edits.text, keyStart(pair))) {
    removeLines(edits, keyStart(pair), pairEnd(pair));
  } else {
    if (!next) throw new UnspliceableError("the only key beside a dash goes");
    splice(edits, keyStart(pair), keyStart(next), "");
  }
}

function insertPair(
  edits: Edits,
  map: ParsedMap,
  last: ParsedPair | undefined,
  [key, value]: readonly [string, unknown],
): void {
  if (map.flow) {
    const at = last ? pairEnd(last) : map.range[0] + 1;
    insert(edits, at, `${last ? ", " : ""}${emitFlow({ [key]: value }).slice(1, -1)}`, 0);
    return;
  }
  if (!last) throw new UnspliceableError("an empty block mapping");
  const column = columnOf(edits.text, keyStart(last));
  const lines = emitPair(key, value, column).map((line, i) => (i === 0 ? " ".repeat(column) + line : line));
  insertLines(edits, pairEnd(last), lines, column);
}

/** Replaces the whole value; a comment on the key's line stays there. */
function replaceValue(edits: Edits, map: ParsedMap, pair: ParsedPair, to: unknown): void {
  const { text } = edits;
  const value = pair.value as ParsedNode;
  const colon = colonEnd(pair);
  const [start, end] = isEmptyValue(value) ? [colon, colon] : [value.range[0], contentEnd(value)];
  const isInline = start <= lineEnd(text, colon) && !isBlockScalar(value);
  const rendered = typeof to === "string" ? renderText(to, styleOf(value)) : emitFlow(to);
  if (map.flow || (isInline && !needsBlock(to))) {
    splice(edits, start, end, start === colon ? ` ${rendered}` : rendered);
    return;
  }
  const behind = isInline ? lineEnd(text, end) : withoutLineBreak(text, end);
  const comment = isInline ? text.slice(end, behind).trimEnd() : commentOn(text, colon);
  const lines = needsBlock(to) ? emitBlock(to, columnOf(text, keyStart(pair)) + 2) : [];
  const insert = needsBlock(to)
    ? comment + lines.map((line) => edits.lineBreak + line).join("")
    : ` ${rendered}${comment}`;
  splice(edits, colon, behind, insert);
}

function isBlockScalar(node: ParsedNode): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

function styleOf(node: ParsedNode): string | undefined {
  if (!isScalar(node) || (node.type === "PLAIN" && /^(~|null|Null|NULL|)$/.test(String(node.value ?? ""))))
    return undefined;
  return node.type;
}
