import { type Alias, isAlias, isCollection, isMap, isScalar, type Pair, type ParsedNode, type Scalar } from "yaml";
import type { Meaning } from "./fields.ts";
import type { YamlDocument } from "./parse-document.ts";
import { invalidAt } from "./place.ts";
import { foldBlockBreaks, foldOldBreaks, resolveNumber, resolvePlain } from "./scalar.ts";

const mostAliased = 20_000;
const knownTags = new Set(["null", "bool", "int", "float", "str", "seq", "map", "timestamp"]);

interface Reader {
  readonly fail: (offset: number, message: string) => Error;
  /** Nodes by anchor, as far as the document has been read. */
  readonly anchors: Map<string, ParsedNode>;
  readonly open: Set<ParsedNode>;
  aliased: number;
  inAlias: number;
}

/** Reads the document as plain data, each field by what it means. Throws InvalidTreeError for what no reader could settle. */
export function readDocument(document: YamlDocument, text: string, name: string, meaning: Meaning): unknown {
  const fail = (offset: number, message: string) => invalidAt(text, name, offset, message);
  const reader: Reader = { fail, anchors: new Map(), open: new Set(), aliased: 0, inAlias: 0 };
  return document.contents === null ? null : readNode(document.contents, meaning, reader);
}

function readNode(node: ParsedNode, meaning: Meaning, reader: Reader): unknown {
  if (reader.inAlias > 0) reader.aliased += weightOf(node);
  if (reader.aliased > mostAliased) {
    throw reader.fail(node.range[0], `aliases repeat more than ${mostAliased} values`);
  }
  if (isAlias(node)) return readAlias(node as Alias.Parsed, meaning, reader);
  if (node.anchor) reader.anchors.set(node.anchor, node);
  refuseUnknownTag(node, reader);
  if (isScalar(node)) return readScalar(node, meaning);
  reader.open.add(node);
  const value = isMap(node)
    ? readMapping(node.items as Pair<ParsedNode, ParsedNode | null>[], meaning, reader)
    : (node.items as ParsedNode[]).map((item) => readNode(item, itemMeaning(meaning), reader));
  reader.open.delete(node);
  return value;
}

/** A long text that is repeated takes as long to read as many short ones. */
function weightOf(node: ParsedNode): number {
  return isScalar(node) ? 1 + Math.floor(String(node.value ?? "").length / 1000) : 1;
}

function readAlias(alias: Alias.Parsed, meaning: Meaning, reader: Reader): unknown {
  const target = reader.anchors.get(alias.source);
  if (!target) throw reader.fail(alias.range[0], `no anchor '&${alias.source}' stands before this alias`);
  if (reader.open.has(target)) throw reader.fail(alias.range[0], `the alias '*${alias.source}' contains itself`);
  reader.inAlias++;
  const value = readNode(target, meaning, reader);
  reader.inAlias--;
  return value;
}

function readMapping(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], meaning: Meaning, reader: Reader): unknown {
  const own: Record<string, unknown> = {};
  const merged: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const { key, value } of pairs) {
    const name = readKey(key, reader);
    if (seen.has(name)) throw reader.fail(key.range[0], "this key stands twice in the same mapping");
    seen.add(name);
    if (name === "<<" && isScalar(key) && key.type === "PLAIN") {
      for (const [each, inherited] of readMerge(key, value, meaning, reader))
        if (!Object.hasOwn(merged, each)) put(merged, each, inherited);
    } else {
      put(own, name, value === null ? null : readNode(value, fieldMeaning(meaning, name), reader));
    }
  }
  // What is inherited stands first.
  if (Object.keys(merged).length === 0) return own;
  for (const [each, value] of Object.entries(own)) put(merged, each, value);
  return merged;
}

/** `<<: *base`: the keys of other mappings, unless the mapping has its own; of several the first wins. */
function readMerge(key: ParsedNode, value: ParsedNode | null, meaning: Meaning, reader: Reader): [string, unknown][] {
  const read = value === null ? null : readNode(value, meaning, reader);
  const sources = Array.isArray(read) ? read : [read];
  return sources.flatMap((source: unknown) => {
    if (typeof source !== "object" || source === null || Array.isArray(source)) {
      throw reader.fail(key.range[0], "'<<' merges mappings only");
    }
    return Object.entries(source);
  });
}

function readKey(key: ParsedNode, reader: Reader): string {
  const name = readNode(key, "text", reader);
  if (typeof name === "string") return name;
  if (name === null && isScalar(key)) return String(key.value ?? "");
  throw reader.fail(key.range[0], "a key must be text, not a list or mapping");
}

/** An own property whatever the key is called: `__proto__` is a key like any other. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A single text where a list of texts is meant (`tags: fast`) is still a text. */
function readScalar(node: Scalar.Parsed, meant: Meaning): unknown {
  const meaning = typeof meant === "object" ? itemMeaning(meant) : meant;
  const text = readText(node);
  const tag = node.tag?.replace(/^tag:yaml\.org,2002:/, "");
  if (tag === "str" || tag === "timestamp") return text;
  if (tag) return tag === "float" || tag === "int" ? resolveNumber(text) : resolvePlain(text);
  if (node.type !== "PLAIN") return text;
  if (meaning === "text") return resolvePlain(text) === null ? null : text;
  return meaning === "number" ? resolveNumber(text) : resolvePlain(text);
}

/** The text as PyYAML reads it; `value` would be what an explicit tag makes of it. */
function readText(node: Scalar.Parsed): string {
  const text = node.source ?? String(node.value ?? "");
  if (node.type === "PLAIN" || node.type === "QUOTE_SINGLE") return foldOldBreaks(text);
  const token = node.srcToken;
  if (token?.type !== "block-scalar") return text;
  const given = token.props.flatMap((each) =>
    each.type === "block-scalar-header" ? (/\d/.exec(each.source) ?? []) : [],
  );
  const indent =
    given[0] === undefined
      ? (/^(?:[ \t]*\r?\n)*( *)/.exec(token.source)?.[1]?.length ?? 0)
      : token.indent + Number(given[0]);
  return foldBlockBreaks(text, indent, node.type === "BLOCK_FOLDED");
}

function refuseUnknownTag(node: ParsedNode, reader: Reader): void {
  const tag = node.tag;
  if (!tag || (isCollection(node) && /^tag:yaml\.org,2002:(seq|map)$/.test(tag))) return;
  if (isScalar(node) && knownTags.has(tag.replace(/^tag:yaml\.org,2002:/, ""))) return;
  throw reader.fail(node.range[0], `the tag '${tag}' is not supported`);
}

function itemMeaning(meaning: Meaning): Meaning {
  if (typeof meaning === "string") return meaning;
  return "list" in meaning ? meaning.list : "any";
}

function fieldMeaning(meaning: Meaning, key: string): Meaning {
  if (typeof meaning === "string") return "any";
  if ("keyed" in meaning) return meaning.keyed;
  if ("list" in meaning) return meaning.list;
  return Object.hasOwn(meaning.fields, key) ? (meaning.fields[key] as Meaning) : "any";
}
