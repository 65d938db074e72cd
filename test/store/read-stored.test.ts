import { describe, expect, it } from "vitest";
import { TreeError } from "../../src/errors.ts";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { readStored } from "../../src/store/read-stored.ts";
import { readNodes } from "../../src/store/read-tree.ts";
import { editSource, readSource } from "../../src/store/tree-source.ts";
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
    const { stored } = editSource(source, "t.yaml", after);
    const written = Buffer.from(stored.bytes).toString();
    expect(readNodes(written, "t.yaml").tree).toMatchObject({
      protected: ["a"],
      nodes: [{ description: "1" }, {}, {}],
    });
    // and away again
    const back = editSource(stored, "t.yaml", { ...stored.tree, protected: undefined });
    expect(readNodes(Buffer.from(back.stored.bytes).toString(), "t.yaml").tree.nodes).toHaveLength(3);
  });

  it("leaves it to the whole to say what is wrong, and where", () => {
    const text = "nodes:\n- node_id: a\n- node_id: b\n- node_id: c\n  description: &d three\n  command: *d\n";
    const source = read(text);
    const nodes = source.tree.nodes.map((node) => (node.node_id === "c" ? { ...node, command: "x" } : node));
    expect(editStored(source, { ...source.tree, nodes }, (part) => editParsed(part, "t.yaml"))).toBeUndefined();
    expect(() => editSource(source, "t.yaml", { ...source.tree, nodes })).toThrow("t.yaml:6:12");
  });
});
