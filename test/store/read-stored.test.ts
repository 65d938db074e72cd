import { describe, expect, it } from "vitest";
import { TreeError } from "../../src/errors.ts";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { readStored } from "../../src/store/read-stored.ts";
import { readNodes } from "../../src/store/read-tree.ts";
import type { StoredTree } from "../../src/store/stored-tree.ts";
import { editSource, readSource } from "../../src/store/tree-source.ts";
import { storedOf } from "./stored-of.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

/** What a text means, or why it is refused. */
function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run());
  } catch (error) {
    if (error instanceof TreeError) return error.message;
    throw error;
  }
}

const read = (text: string) => readSource(tempTreeFile(), Buffer.from(text));

describe("a text whose pieces mean something else than the whole", () => {
  it.each([
    [
      "a quote that begins before the list and ends behind it",
      '{ other: "\nnodes:\n  - node_id: a\n  - node_id: b\n", nodes: []}\n',
    ],
    ["U+2028 in a comment", "nodes:\n- node_id: a # c\u2028protected: [a]\n"],
    ["U+2029 in a comment", "nodes:\n- node_id: a # c\u2029protected: [a]\n"],
    ["a lone carriage return in a comment", "other: # \rnodes:\n  - node_id: x\nnodes: []\n"],
    ["a lone carriage return behind a node", "nodes:\n- node_id: a # c\rprotected: [a]\n"],
    ["a key that begins with a no-break space", "nodes:\n- node_id: a\n\u00a0key: v\n"],
    ["the same between two nodes", "nodes:\n- node_id: a\n\u00a0key: v\n- node_id: b\n"],
    ["a key that begins with U+3000", "nodes:\n- node_id: a\n\u3000key: v\n- node_id: b\n"],
    ["a byte order mark within", "nodes:\n- node_id: a\n\ufeffkey: v\n"],
    ["a value behind the list that is indented less", "nodes:\n  - node_id: a\n    description: one\n ~\n"],
    ["an empty mapping there", "nodes:\n  - node_id: a\n {}\n"],
    ["an empty list there", "nodes:\n  - node_id: a\n []\n"],
    ["a key there that is indented less", "nodes:\n  - node_id: a\n key: v\n"],
    ["a value at the margin", "nodes:\n  - node_id: a\n~\n"],
    ["an anchor that is given again in a node", "x: &a 1\nnodes:\n- node_id: n\n  description: &a foo\ny: *a\n"],
    ["an alias in a node of an anchor before it", "x: &a 1\nnodes:\n- node_id: n\n  y: *a\n"],
    ["a second list of nodes", "nodes:\n- node_id: a\nnodes:\n- node_id: b\n"],
    ["another document", "nodes:\n- node_id: a\n---\nnodes:\n- node_id: b\n"],
    ["a quote over two nodes", 'nodes:\n- node_id: a\n  x: "\n- node_id: b\n  "\n'],
    ["a bracket over two nodes", "nodes:\n- node_id: a\n  x: [\n- node_id: b\n  ]\n"],
    ["a block scalar with what looks like a node", "nodes:\n- node_id: a\n  x: |\n    - node_id: b\n- node_id: c\n"],
    ["a tab behind a dash", "nodes:\n- node_id: a\n-\tnode_id: b\n"],
  ])("means what the whole does: %s", (_, text) => {
    expect(outcome(() => read(text).tree)).toBe(outcome(() => readNodes(text, "t.yaml").tree));
  });

  it("is bounded in how much its aliases repeat, over all nodes", () => {
    const node = (i: number) =>
      `- node_id: n${i}\n  a: &a [${"[],".repeat(10)}]\n  b: &b [${"*a,".repeat(10)}]\n  c: [${"*b,".repeat(10)}]\n`;
    const text = `nodes:\n${Array.from({ length: 500 }, (_, i) => node(i)).join("")}`;
    expect(readStored(Buffer.from(text), text, undefined)).toBeUndefined();
    expect(outcome(() => read(text).tree)).toContain("aliases repeat more than");
  });
});

describe("an edit of a part", () => {
  it.each(["\n", ""])("reaches the end of the file with a key of its own (file ends with %j)", (end) => {
    const text = `nodes:\n- node_id: a\n  description: one\n- node_id: b\n- node_id: c\n  description: three${end}`;
    const source = read(text);
    const [first, ...others] = source.tree.nodes;
    const nodes = [{ ...(first as (typeof source.tree.nodes)[number]), description: "1" }, ...others];
    const after = { ...source.tree, protected: ["a"], nodes };
    const stored = storedOf(editSource(source, "t.yaml", after).stored);
    const written = Buffer.from(stored.bytes).toString();
    expect(readNodes(written, "t.yaml").tree).toMatchObject({
      protected: ["a"],
      nodes: [{ description: "1" }, {}, {}],
    });
    // and away again
    const back = editSource(stored, "t.yaml", { ...stored.tree, protected: undefined });
    expect(readNodes(Buffer.concat(back.stored.pieces).toString(), "t.yaml").tree.nodes).toHaveLength(3);
  });

  it("leaves it to the whole to say what is wrong, and where", () => {
    const text = "nodes:\n- node_id: a\n- node_id: b\n- node_id: c\n  description: &d three\n  command: *d\n";
    const source = read(text);
    const nodes = source.tree.nodes.map((node) => (node.node_id === "c" ? { ...node, command: "x" } : node));
    expect(editStored(source, { ...source.tree, nodes }, (part) => editParsed(part, "t.yaml"))).toBeUndefined();
    expect(() => editSource(source, "t.yaml", { ...source.tree, nodes })).toThrow("t.yaml:6:12");
  });
});

describe("a text of which some is known", () => {
  const block = (id: string, x = "1") => `- node_id: ${id}\n  x: ${x}\n`;
  const head = "version: 1\nnodes:\n";
  const tail = "other: 1\n";
  const ids = ["a", "b", "c", "é", "e", "f"];
  const text = (blocks: readonly string[], [before, behind] = [head, tail]) => before + blocks.join("") + behind;
  const stored = (whole: string, known?: StoredTree) => readStored(Buffer.from(whole), whole, known) as StoredTree;
  const [a, b, c, d, e, f] = ids.map((id) => block(id)) as [string, string, string, string, string, string];
  const all = [a, b, c, d, e, f];

  it.each<[string, readonly string[], readonly (number | undefined)[]]>([
    ["nothing", all, [0, 1, 2, 3, 4, 5]],
    ["the first", [block("a", "2"), b, c, d, e, f], [undefined, 1, 2, 3, 4, 5]],
    ["one in the middle", [a, b, block("c", "two"), d, e, f], [0, 1, undefined, 3, 4, 5]],
    ["the last", [a, b, c, d, e, block("f", "23")], [0, 1, 2, 3, 4, undefined]],
    ["one that came", [a, b, c, block("n"), d, e, f], [0, 1, 2, undefined, 3, 4, 5]],
    ["one that came first", [block("n"), ...all], [undefined, 0, 1, 2, 3, 4, 5]],
    ["one that came last", [...all, block("n")], [0, 1, 2, 3, 4, 5, undefined]],
    ["some that went", [a, d, f], [0, 3, 5]],
    ["what changed places", [a, d, c, b, e, f], [0, 3, 2, 1, 4, 5]],
    ["what changed places, and something else", [a, e, block("n"), b, c, f], [0, 4, undefined, 1, 2, 5]],
    ["all", [block("x"), block("y")], [undefined, undefined]],
  ])("is read as far as it is not known: %s", (_, blocks, from) => {
    const known = stored(text(all));
    const now = stored(text(blocks), known);
    expect(now.tree.nodes.map((node) => known.tree.nodes.indexOf(node))).toEqual(from.map((i) => i ?? -1));
    expect(JSON.stringify(now.tree)).toBe(JSON.stringify(stored(text(blocks)).tree));
    expect(now.places).toEqual(stored(text(blocks)).places);
  });

  it.each([
    ["version: 2\nnodes:\n", tail],
    [head, "other: 2\n"],
    [head, ""],
    ["version: 1 # by hand\nnodes:\n", tail],
  ])("takes what stands around the nodes from the text: %j, %j", (...around) => {
    const whole = text(all, around);
    expect(outcome(() => stored(whole, stored(text(all))).tree)).toBe(outcome(() => readNodes(whole, "t").tree));
  });

  it("is a tree only where the parents are the same", () => {
    const under = (parent: string) => `- node_id: f\n  parent_id: ${parent}\n`;
    const known = { ...stored(text([...all.slice(0, 5), under("a")])), isTree: true };
    const isTree = (blocks: readonly string[]) => stored(text(blocks), known).isTree;
    expect(isTree([...all.slice(0, 5), under("a")])).toBe(true);
    expect(isTree([block("a", "2"), ...all.slice(1, 5), under("a")])).toBe(true);
    expect(isTree([...all.slice(0, 5), under("b")])).toBe(false);
    expect(isTree([...all.slice(0, 4), under("a")])).toBe(false);
    expect(isTree([block("n"), ...all.slice(1, 5), under("a")])).toBe(false);
    expect(stored(text([...all, block("n")]), { ...stored(text(all)), isTree: true }).isTree).toBe(false);
  });

  it("has no two nodes of one name, known or not: then only the whole tells where", () => {
    for (const blocks of [
      [a, b, a],
      [a, b, block("B")],
      [a, block("b", "2"), block("b", "3")],
    ]) {
      expect(stored(text(blocks))).toBeUndefined();
      expect(stored(text(blocks), stored(text([a, b])))).toBeUndefined();
      expect(outcome(() => read(text(blocks)))).toMatch(/^t\.yaml:\d+:\d+: /);
    }
  });
});

describe("a piece that is none", () => {
  it.each([
    ["an anchor in the head", "x: &a 1\nnodes:\n- node_id: n\n"],
    ["an anchor in the tail", "nodes:\n- node_id: n\nx: &a 1\n"],
    ["an alias in the tail of an anchor in the head", "x: &a 1\nnodes:\n- node_id: n\ny: *a\n"],
    ["an alias in a node of an anchor in that node", "nodes:\n- node_id: n\n  x: &a 1\n  y: *a\n"],
    ["what begins in the head", "x: [\nnodes:\n- node_id: n\n]\n"],
    ["an error", "nodes:\n- node_id: n\n  x: [\n"],
    ["what is no node", "nodes:\n- 7\n"],
  ])("has the text read as a whole: %s", (_, whole) => {
    expect(readStored(Buffer.from(whole), whole, undefined)).toBeUndefined();
  });

  it("is no anchor alone, and no star in a text", () => {
    const whole = "nodes:\n- node_id: n\n  x: &a 1\n- node_id: m\n  y: 2 * 3\n";
    expect(readStored(Buffer.from(whole), whole, undefined)?.tree.nodes).toMatchObject([{ x: 1 }, { y: "2 * 3" }]);
  });
});
