import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editText } from "../../src/store/edit-text.ts";
import { emitFlow, emitMapping } from "../../src/store/emit.ts";
import { newTreeText, readTree } from "../../src/store/read-tree.ts";
import { addNode } from "../../src/tree/add-node.ts";
import { nodeSchema } from "../../src/tree/tree-schema.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { anyNodes, anyNumber, anyText, oddTexts } from "./odd-values.ts";
import { askPeer, hasPeer, type PeerAnswer, type PeerJob, type Tagged, untag } from "./peer.ts";

const runs = Number(process.env["PYYAML_RUNS"] ?? 200);
/** The same documents every time; another seed or more runs by environment. */
const seed = Number(process.env["PYYAML_SEED"] ?? 1);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.skipIf(!hasPeer)("what we write, PyYAML reads", () => {
  it("as the same text, block and flow, for odd and random texts", () => {
    const texts = [...oddTexts, ...fc.sample(anyText, { seed, numRuns: 10 * runs })];
    const answers = askPeer(
      texts.map((text) => ({
        load: emitMapping({ block: text, flow: [text, { [text || "k"]: text }] }, 0).join("\n"),
      })),
    );
    texts.forEach((text, i) => {
      const well = text.toWellFormed();
      expect(untag(answers[i]?.value as Tagged), JSON.stringify(text)).toEqual({
        block: well,
        flow: [well, { [well || "k"]: well }],
      });
    });
  });

  it("as the same number of the same type", () => {
    const numbers = fc.sample(anyNumber, { seed, numRuns: 10 * runs });
    const answers = askPeer(numbers.map((number) => ({ load: `v: ${emitFlow(number)}` })));
    numbers.forEach((number, i) => {
      const [, [[, tagged]]] = (answers[i] as Required<PeerAnswer>).value as unknown as [string, [[Tagged, Tagged]]];
      expect(["int", "float"], String(number)).toContain(tagged[0]);
      expect(untag(tagged), String(number)).toBe(number);
    });
  });

  it("as the same tree, grown by our own commands", () => {
    const jobs: PeerJob[] = [];
    const expected: unknown[] = [];
    for (const nodes of fc.sample(anyNodes, { seed, numRuns: runs / 4 })) {
      let source = readTree(newTreeText("s.json"), "t");
      const now = "2026-01-02T03:04:05Z";
      for (const { node_id, parent_id, description, command, results } of nodes) {
        const added = addNode(source.tree, { id: node_id, parent: parent_id ?? undefined, description, command, now });
        source = readTree(editText(source, added.tree).text, "t");
        if (!results) continue;
        const parsed = nodeSchema.parse({ node_id: "x", results }).results ?? undefined;
        const updated = updateNode(source.tree, { id: node_id, results: parsed, note: description, now });
        source = readTree(editText(source, updated.tree).text, "t");
      }
      jobs.push({ load: source.text });
      expected.push(plain(source.tree.nodes));
    }
    askPeer(jobs).forEach(({ value, error }, i) => {
      expect(error).toBeUndefined();
      expect((plain(untag(value as Tagged)) as { nodes: unknown }).nodes).toEqual(expected[i]);
    });
  });
});

const dumpOptions: readonly Record<string, unknown>[] = [
  {},
  { sort_keys: false },
  { sort_keys: false, default_flow_style: false, allow_unicode: true },
  { default_flow_style: true },
  { default_flow_style: true, width: 40, sort_keys: false },
  { default_flow_style: null },
  { indent: 4, sort_keys: false },
  { default_style: "|", sort_keys: false },
  { default_style: '"' },
  { default_style: "'", allow_unicode: true },
  { explicit_start: true, explicit_end: true },
];

describe.skipIf(!hasPeer)("what PyYAML writes, we read", () => {
  const trees = fc.sample(anyNodes, { seed, numRuns: runs / 4 }).map((nodes, i) => {
    const keyed = Object.fromEntries(nodes.map((node) => [node.node_id, node]));
    return {
      nodes: i % 2 === 0 ? nodes : keyed,
      list: nodes,
      options: dumpOptions[i % dumpOptions.length] as Record<string, unknown>,
    };
  });
  const dumped = askPeer(trees.map(({ nodes, options }) => ({ dump: { nodes }, options })));

  it("as the values that PyYAML reads back itself, in every style and both forms", () => {
    const loaded = askPeer(dumped.map(({ text }) => ({ load: text as string })));
    trees.forEach(({ options }, i) => {
      const text = dumped[i]?.text as string;
      const read = readTree(text, "t").tree.nodes.toSorted(byId);
      const meant = Object.values(nodesOf(loaded[i]?.value as Tagged)).map((node) => nodeSchema.parse(node));
      expect(plain(read), `${JSON.stringify(options)}\n${text}`).toEqual(plain(meant.toSorted(byId)));
    });
  });

  it("as the values that were dumped, but for a lone U+0085, which PyYAML's own reader folds", () => {
    trees.forEach(({ list }, i) => {
      if (JSON.stringify(list).includes("\u0085")) return;
      const meant = JSON.parse(JSON.stringify(list).replace(/\\ud[89a-f]../g, "\ufffd")) as typeof list;
      const read = readTree(dumped[i]?.text as string, "t").tree.nodes.toSorted(byId);
      expect(plain(read)).toEqual(plain(meant.map((node) => nodeSchema.parse(node)).toSorted(byId)));
    });
  });

  it("and what we then change there, PyYAML reads again with nothing else changed", () => {
    const edited = trees.map(({ list }, i) => {
      const source = readTree(dumped[i]?.text as string, "t");
      const { node_id } = list[i % list.length] as (typeof list)[number];
      const changed = updateNode(source.tree, {
        id: node_id,
        note: "yes",
        status: "waiting",
        now: "2026-01-02T03:04:05Z",
      });
      return { node_id, text: editText(source, changed.tree).text };
    });
    const before = askPeer(dumped.map(({ text }) => ({ load: text as string })));
    const after = askPeer(edited.map(({ text }) => ({ load: text })));
    edited.forEach(({ node_id }, i) => {
      const was = nodesOf(before[i]?.value as Tagged);
      const is = nodesOf(after[i]?.value as Tagged);
      expect(Object.keys(is).toSorted()).toEqual(Object.keys(was).toSorted());
      for (const id of Object.keys(is)) {
        const added = id === node_id ? { status: "waiting", notes: ["yes"], updated_at: "2026-01-02T03:04:05Z" } : {};
        expect(is[id]).toEqual({ ...was[id], ...added });
      }
    });
  });

  it("and a tree that both tools changed in turn keeps what each wrote", () => {
    let source = readTree(newTreeText("s.json"), "t");
    const now = "2026-01-02T03:04:05Z";
    source = readTree(
      editText(source, addNode(source.tree, { id: "a", description: "yes", command: "1e3", now }).tree).text,
      "t",
    );
    const [answer] = askPeer([{ edit: source.text, id: "a", status: "running" }]);
    source = readTree(answer?.text as string, "t");
    source = readTree(
      editText(source, addNode(source.tree, { id: "b", parent: "a", description: "12345e67", command: "~", now }).tree)
        .text,
      "t",
    );
    expect(source.tree.nodes).toMatchObject([
      { node_id: "a", status: "running", description: "yes", command: "1e3", children: ["b"] },
      { node_id: "b", parent_id: "a", description: "12345e67", command: "~" },
    ]);
  });
});

function byId(a: { readonly node_id: string }, b: { readonly node_id: string }): number {
  return a.node_id < b.node_id ? -1 : 1;
}

function nodesOf(value: Tagged): Record<string, object> {
  const { nodes } = untag(value) as { nodes: unknown };
  if (!Array.isArray(nodes)) return nodes as Record<string, object>;
  return Object.fromEntries((nodes as { node_id: string }[]).map((node) => [node.node_id, node]));
}
