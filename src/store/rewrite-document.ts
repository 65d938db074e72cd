import { type Document, isMap, isSeq, Pair, parseDocument, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { ownValue, sameValue } from "../tree/diff-trees.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { emitFlow, entriesOf, isMapping } from "./emit.ts";
import { escapeUnprintable } from "./guard-text.ts";
import type { TreeText } from "./read-tree.ts";
import { isPlainSafe } from "./scalar.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Writes the whole document anew with the values of `after`. Comments, order and quoting of what stays are kept; indentation and line widths are not. */
export function rewriteDocument({ text, tree }: TreeText, after: IterationTree): string {
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" }) as Document;
  const root = document.contents as YAMLMap;
  const nodes = root.get("nodes", true);
  setKeys(root, { ...tree, nodes: undefined }, { ...after, nodes: undefined });
  if (isSeq(nodes)) setNodeItems(nodes, tree.nodes, after.nodes);
  else if (isMap(nodes)) setKeys(nodes, keyed(tree.nodes), keyed(after.nodes));
  else root.set("nodes", toNode(after.nodes));
  const written = escapeUnprintable(document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  return mark + (text.includes("\r\n") ? written.replace(/\r?\n/g, "\r\n") : written);
}

function keyed(nodes: readonly IterationNode[]): Mapping {
  return Object.fromEntries(nodes.map((node) => [node.node_id, node]));
}

function setNodeItems(seq: YAMLSeq, from: readonly IterationNode[], to: readonly IterationNode[]): void {
  const items = new Map(from.map((node, i) => [node.node_id, { node, item: seq.items[i] }]));
  seq.items = to.map((wanted) => {
    const known = items.get(wanted.node_id);
    if (!known || !isMap(known.item)) return toNode(wanted);
    setKeys(known.item, known.node, wanted);
    return known.item;
  });
  if (seq.items.length === 0) seq.flow = true;
}

function setKeys(map: YAMLMap, from: Mapping, to: Mapping): void {
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [was, is] = [ownValue(from, key), ownValue(to, key)];
    if (sameValue(was, is)) continue;
    const value = map.get(key, true);
    if (is === undefined) map.delete(key);
    else if (isMap(value) && isMapping(was) && isMapping(is)) setKeys(value, was, is);
    else map.set(key, toNode(is));
  }
}

/** Under the failsafe schema every scalar is text: what a reader should resolve stands there plain, the rest is quoted. */
function toNode(value: unknown): Scalar | YAMLSeq | YAMLMap {
  if (Array.isArray(value)) {
    const seq = new YAMLSeq();
    seq.items = value.map(toNode);
    seq.flow = value.length === 0;
    return seq;
  }
  if (isMapping(value)) {
    const map = new YAMLMap();
    map.items = entriesOf(value).map(([key, each]) => new Pair(scalar(key, isPlainSafe(key)), toNode(each)));
    map.flow = map.items.length === 0;
    return map;
  }
  return typeof value === "string" ? scalar(value, false) : scalar(emitFlow(value), true);
}

function scalar(text: string, isPlain: boolean): Scalar {
  const node = new Scalar(text);
  node.type = isPlain ? "PLAIN" : "QUOTE_DOUBLE";
  return node;
}
