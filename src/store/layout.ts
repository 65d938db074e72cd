import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from "yaml";
import { UnspliceableError } from "./splice.ts";

/** Where the parts of a collection stand in the text, from the parser's tokens. Offsets count UTF-16 units from 0. */
export type ParsedMap = YAMLMap.Parsed;
export type ParsedSeq = YAMLSeq.Parsed;
export type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

interface Token {
  readonly type: string;
  readonly offset: number;
  readonly source: string;
}

interface ItemToken {
  readonly start: readonly Token[];
  readonly key?: unknown;
  readonly sep?: readonly Token[];
  readonly value?: unknown;
}

export function pairsOf(map: ParsedMap): readonly ParsedPair[] {
  return map.items as ParsedPair[];
}

export function keyStart(pair: ParsedPair): number {
  const token = pair.srcToken as ItemToken | undefined;
  const plain = token?.start.every(({ type }) => ["space", "newline", "comment", "comma"].includes(type));
  if (!plain || !isScalar(pair.key)) throw new UnspliceableError("a key with an anchor, a tag or '?'");
  return pair.key.range[0];
}

/** Just behind the colon. */
export function colonEnd(pair: ParsedPair): number {
  const colon = (pair.srcToken as ItemToken | undefined)?.sep?.find(({ type }) => type === "map-value-ind");
  if (!colon) throw new UnspliceableError("a key without a colon");
  return colon.offset + 1;
}

/** Where the last character of the pair's key or value ends; comments and blank lines after it do not count. */
export function pairEnd(pair: ParsedPair): number {
  return isEmptyValue(pair.value) ? colonEnd(pair) : contentEnd(pair.value as ParsedNode);
}

/** `key:` with nothing behind it */
export function isEmptyValue(value: ParsedNode | null): boolean {
  return value === null || (isScalar(value) && value.range[0] === value.range[1]);
}

export function contentEnd(node: ParsedNode): number {
  if (isMap(node) && !node.flow) {
    const last = pairsOf(node as ParsedMap).at(-1);
    return last ? pairEnd(last) : node.range[1];
  }
  if (isSeq(node) && !node.flow) {
    const last = node.items.at(-1) as ParsedNode | undefined;
    if (last && !isEmptyValue(last)) return contentEnd(last);
    return (dashes(node as ParsedSeq).at(-1) ?? node.range[1]) + 1;
  }
  return node.range[1];
}

/** The offsets of the dashes of a block list, one an item. */
export function dashes(seq: ParsedSeq): readonly number[] {
  const token = seq.srcToken as { readonly items: readonly ItemToken[] } | undefined;
  return (token?.items ?? []).flatMap(({ start }) =>
    start.filter(({ type }) => type === "seq-item-ind").map(({ offset }) => offset),
  );
}

/** Refuses what an edit in place would get wrong: a tag says how the old value is read. */
export function refuseTag(node: ParsedNode | null): void {
  if (
    node &&
    !isAlias(node) &&
    node.tag &&
    node.tag !== "tag:yaml.org,2002:map" &&
    node.tag !== "tag:yaml.org,2002:seq"
  ) {
    throw new UnspliceableError("a value with a tag");
  }
}
