import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { AliasError, ConflictError } from "../../src/errors.ts";
import { editText } from "../../src/store/edit-text.ts";
import { newTreeText, readTree } from "../../src/store/read-tree.ts";
import { addNode } from "../../src/tree/add-node.ts";
import type { IterationNode } from "../../src/tree/iteration-tree.ts";
import { nodeSchema } from "../../src/tree/tree-schema.ts";
import { anyNumber, anyText, oddTexts } from "../store/odd-values.ts";
import { askPeer, hasPeer, type PeerAnswer, type Tagged, untag } from "../store/peer.ts";
import { anyDocument, type GeneratedDocument } from "./any-document.ts";
import { type AnyEdit, anyEdit, goesThroughAlias } from "./any-edit.ts";
import { keepsOtherLines } from "./own-lines.ts";
import { campaign, patience, report, size } from "./proof.ts";
import { isSame, onlyPlainKinds, places } from "./scalar-places.ts";

const now = "2026-01-02T03:04:05Z";
const anchor = "yaml";
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const style = (i: number) => dumpStyles[i % dumpStyles.length] as Record<string, unknown>;
const dumpStyles: readonly Record<string, unknown>[] = [
  {},
  { sort_keys: false, default_flow_style: false, allow_unicode: true },
  { default_flow_style: true, width: 40 },
  { default_flow_style: null, indent: 4 },
  { default_style: "|", allow_unicode: true },
  { default_style: ">", width: 30, allow_unicode: true },
  { default_style: '"' },
  { default_style: "'", allow_unicode: true, explicit_start: true, explicit_end: true },
  { line_break: "\r\n", allow_unicode: true, indent: 7 },
];

describe.skipIf(!hasPeer)("scalars, with PyYAML's SafeLoader as the judge", () => {
  it("that we write are read as the same value of the same type, wherever they stand", {
    timeout: patience,
  }, async () => {
    const rounds = size({ ci: 20_000, long: 200_000 });
    const { scalars } = await campaign("yaml-written", { rounds, each: 5_000 }, async (seed, count) => {
      const values = fc.sample(fc.oneof(anyText, anyText, anyNumber), { seed, numRuns: count });
      const place = (i: number) => places[i % places.length] as (typeof places)[number];
      const answers = askPeer(values.map((value, i) => ({ load: place(i).write(value) })));
      const wrong = values.filter((value, i) => {
        const { value: read } = answers[i] as PeerAnswer;
        return !read || !isSame(place(i).find(read), value);
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      return { scalars: count };
    });
    report({ promise: "PyYAML reads every scalar that we write", anchor, figure: `0 of ${scalars} differ` });
  });

  it("that PyYAML dumps in any style are read by us as it reads them itself", { timeout: patience }, async () => {
    const rounds = size({ ci: 20_000, long: 200_000 });
    const { scalars } = await campaign("yaml-dumped", { rounds, each: 5_000 }, async (seed, count) => {
      const texts = fc.sample(anyText, { seed, numRuns: (count / 40) * 28 }).map((text) => text.toWellFormed());
      const numbers = fc.sample(anyNumber, { seed, numRuns: (count / 40) * 12 });
      const nodes = Array.from({ length: count / 40 }, () => nodeOf(texts.splice(0, 28), numbers.splice(0, 12)));
      compareDumped(nodes.map((node) => [node]));
      return { scalars: count };
    });
    report({ promise: "we read every scalar that PyYAML dumps", anchor, figure: `0 of ${scalars} differ` });
  });
});

describe.skipIf(!hasPeer)("trees with every odd text in every field, as a list and as a mapping", () => {
  it("are read by PyYAML with the values that we wrote", { timeout: patience }, () => {
    const forms = [newTreeText("s.json"), "version: 1\nnodes: {}\n"];
    const trees = oddTexts.flatMap((text) => forms.map((form) => ({ text, source: grow(form, oddNodes(text)) })));
    const answers = askPeer(trees.map(({ source }) => ({ load: source.text })));
    trees.forEach(({ text, source }, i) => {
      const { nodes } = untag(answers[i]?.value as Tagged) as { nodes: Record<string, object> };
      expect(onlyPlainKinds(answers[i]?.value as Tagged), source.text).toBe(true);
      expect(Object.values(nodes), source.text).toEqual(plain(source.tree.nodes));
      expect(plain(source.tree.nodes)).toEqual(plain(oddNodes(text)));
    });
    report({ promise: "PyYAML reads our trees of odd texts", anchor, figure: `0 of ${trees.length} trees differ` });
  });

  it("are read by us with the values that PyYAML dumped", { timeout: patience }, () => {
    const styles = size({ ci: 2, long: dumpStyles.length });
    const trees = oddTexts.flatMap((text) => Array.from({ length: styles }, () => oddNodes(text)));
    compareDumped(trees);
    report({ promise: "we read PyYAML's trees of odd texts", anchor, figure: `0 of ${trees.length} trees differ` });
  });
});

describe("one edit of a document with comments, CRLF, BOM, odd indentation, flow style or anchors", () => {
  it("changes its own lines only in at least 99 %, and in the rest says so", { timeout: patience }, async () => {
    const rounds = size({ ci: 250, long: 5_000 });
    const sums = await campaign("yaml-edits", { rounds, each: 250 }, async (seed, count) => {
      const edited = Array.from({ length: count }, (_, i) => editOnce(seed + i));
      const done = edited.filter(({ text }) => text !== undefined);
      if (hasPeer) compareOthers(done);
      const rewritten = done.filter(({ isRewritten }) => isRewritten).length;
      return { own: done.length - rewritten, rewritten, refused: count - done.length };
    });
    const { own = 0, rewritten = 0, refused = 0 } = sums;
    expect(own + rewritten + refused).toBe(rounds);
    const share = own / (own + rewritten);
    expect(share).toBeGreaterThanOrEqual(0.99);
    expect(refused / rounds).toBeLessThan(0.02);
    report({
      promise: "an edit changes only its own lines in at least 99 % of odd documents",
      anchor,
      figure: `${(100 * share).toFixed(2)} % of ${own + rewritten} edits; ${rewritten} laid out anew and told; ${refused} more refused, since they would go through an alias`,
    });
  });

  it("would be caught when it touched more: the control, a document that the parser prints", {
    timeout: patience,
  }, () => {
    const documents = Array.from({ length: size({ ci: 100, long: 1_000 }) }, (_, seed) => anyDocument(seed));
    const kept = documents.filter((document, seed) => {
      const printed = parseDocument(document.text, { schema: "failsafe" }).toString({ lineWidth: 0 });
      return keepsOtherLines(document, anyEdit(document, seed), printed);
    });
    expect(kept.length).toBeLessThan(documents.length / 5);
  });
});

interface EditedDocument {
  readonly document: GeneratedDocument;
  readonly edit: AnyEdit;
  /** Undefined when the edit was refused because of an alias. */
  readonly text?: string;
  readonly isRewritten?: boolean;
}

/** Fails when a line is touched that is none of the edit's, unless the whole document was laid out anew. */
function editOnce(seed: number): EditedDocument {
  const document = anyDocument(seed);
  const edit = anyEdit(document, seed);
  const source = readTree(document.text, "tree.yaml");
  const { tree } = edit.change(source.tree);
  try {
    const { text, isRewritten } = editText(source, tree);
    const isRight = isRewritten || keepsOtherLines(document, edit, text);
    expect(isRight, `document ${seed}:\n${document.text}\n-- became --\n${text}`).toBe(true);
    expect(plain(readTree(text, "tree.yaml").tree), `document ${seed}`).toEqual(plain(tree));
    return { document, edit, text, isRewritten };
  } catch (error) {
    if (!(error instanceof AliasError || error instanceof ConflictError)) throw error;
    expect(goesThroughAlias(edit), `document ${seed}: ${error.message}\n${document.text}`).toBe(true);
    return { document, edit };
  }
}

/** To PyYAML, nothing that the edit has no business with means anything else than before. */
function compareOthers(edited: readonly EditedDocument[]): void {
  // A block scalar that ends with the file, without a line break, is one line break shorter to PyYAML than to YAML 1.2.
  const judged = edited.filter(({ document }) => document.text.endsWith("\n"));
  const before = askPeer(judged.map(({ document }) => ({ load: document.text })));
  const after = askPeer(judged.map(({ text = "" }) => ({ load: text })));
  judged.forEach(({ document, edit, text }, i) => {
    expect(before[i]?.error, document.text).toBeUndefined();
    expect(after[i]?.error, text).toBeUndefined();
    expect(othersOf(after[i] as PeerAnswer, edit), text).toEqual(othersOf(before[i] as PeerAnswer, edit));
  });
}

/** The whole file but for the nodes that come, go or change, and the `children` of their parent. */
function othersOf({ value }: PeerAnswer, { nodes: changed, parent }: AnyEdit): unknown {
  const tree = untag(value as Tagged) as Record<string, unknown>;
  const own = new Set(["added", ...changed.map(({ id }) => id)]);
  const nodes = Object.entries(tree["nodes"] ?? {}).flatMap(([key, node]: [string, Record<string, unknown>]) => {
    const id = String(node["node_id"] ?? key);
    return own.has(id) ? [] : [[id, id === parent?.id ? { ...node, children: undefined } : node]];
  });
  return { ...tree, nodes };
}

/** PyYAML dumps the trees in styles that take turns, both forms; we read what it reads itself, and what was dumped. */
function compareDumped(trees: readonly (readonly { readonly node_id: string }[])[]): void {
  const jobs = trees.map((nodes, i) => {
    const keyed = Object.fromEntries(nodes.map((node) => [node.node_id, node]));
    // The forms take turns, and so do they in each style.
    return { dump: { nodes: (i + Math.floor(i / dumpStyles.length)) % 2 === 0 ? nodes : keyed }, options: style(i) };
  });
  const texts = askPeer(jobs).map(({ text }) => text as string);
  askPeer(texts.map((load) => ({ load }))).forEach(({ value }, i) => {
    const { nodes } = untag(value as Tagged) as { nodes: Record<string, object> };
    const meant = Object.values(nodes).map((node) => nodeSchema.parse(node));
    const read = readTree(texts[i] as string, "t").tree.nodes;
    expect(plain(read), texts[i]).toEqual(plain(meant));
    // PyYAML's own reader folds a lone U+0085, which its writer leaves as it is.
    const dumped = trees[i] as readonly object[];
    if (!JSON.stringify(dumped).includes("\u0085"))
      expect(plain(read), texts[i]).toEqual(plain(dumped.map((node) => nodeSchema.parse(node))));
  });
}

/** A node with 28 texts and 12 numbers, in fields of every meaning. */
function nodeOf(texts: readonly string[], numbers: readonly number[]) {
  const [description, command, reason, metric = "", one = "", two = "", ...more] = texts;
  const [primary_value = 0, first = 0, second = 0, ...others] = numbers;
  const metrics = { [one]: first, [two]: second };
  const results = { primary_metric: metric || "m", primary_value, direction: "maximize", metrics };
  const [tags, notes, extra] = [more.slice(0, 4), more.slice(4, 18), [...more.slice(18), ...others]];
  return { node_id: "a", description, command, reason, results, tags, notes, extra };
}

function oddNodes(text: string): readonly IterationNode[] {
  const [name, direction] = [text || "m", "maximize"];
  const fields = { description: text, command: text, reason: text, tags: [text], notes: ["n", text], created_at: now };
  const single = { primary_metric: name, primary_value: 0.5, direction, metrics: { [name]: 1 } };
  const several = { objectives: [{ metric: name, value: 1, direction }], primary_index: 0, [`of ${text}`]: text };
  return [
    { ...fields, node_id: "a", results: single, children: ["b"], [text]: text },
    { ...fields, node_id: "b", parent_id: "a", results: several, extra: [text, { [text]: [text, { x: text }] }] },
  ].map((node) => nodeSchema.parse(node));
}

/** Adds the nodes one by one as `add` does, then gives each all its fields. */
function grow(form: string, nodes: readonly IterationNode[]) {
  let source = readTree(form, "t");
  for (const node of nodes) {
    const { node_id: id, parent_id, description, command } = node;
    const request = { id, parent: parent_id ?? undefined, description, command, now };
    source = readTree(editText(source, addNode(source.tree, request).tree).text, "t");
    const filled = source.tree.nodes.map((each) => (each.node_id === id ? { ...node, children: each.children } : each));
    source = readTree(editText(source, { ...source.tree, nodes: filled }).text, "t");
  }
  return source;
}
