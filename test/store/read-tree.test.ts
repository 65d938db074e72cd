import { describe, expect, it } from "vitest";
import { newTreeText, readTree } from "../../src/store/read-tree.ts";
import { storedWhole, warningsOf } from "../../src/store/stored-tree.ts";

function read(text: string) {
  return readTree(text, "t.yaml").tree;
}

function messageOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid-tree", exitCode: 5 });
    return (error as Error).message;
  }
  throw new Error("was read");
}

describe("readTree", () => {
  it("reads each field by what it means, whatever YAML would make of it", () => {
    const tree = read(`nodes:
- node_id: 007
  description: yes
  command: 1e3
  working_dir: 2024-01-01
  worktree: {path: 1.5, branch: on, commit: 12345e67}
  results: {primary_metric: 1, primary_value: 1e-4, direction: maximize, samples: [0.0001], note: yes, hex: 0x1F}
  tags: [no, 08]
  created_at: 2024-01-01 10:00:00
`);
    expect(tree.nodes[0]).toMatchObject({
      node_id: "007",
      description: "yes",
      command: "1e3",
      working_dir: "2024-01-01",
      worktree: { path: "1.5", branch: "on", commit: "12345e67" },
      results: { primary_metric: "1", primary_value: 1e-4, note: true, hex: 31 },
      tags: ["no", "08"],
      created_at: "2024-01-01 10:00:00",
    });
  });

  it("reads a single text where a list of texts is meant as a text", () => {
    expect(read("nodes: [{node_id: a, tags: 007, notes: no}]").nodes[0]).toMatchObject({
      tags: ["007"],
      notes: ["no"],
    });
  });

  it("takes null, {} and absence alike", () => {
    const [a, b, c] = read(
      "nodes: [{node_id: a}, {node_id: b, worktree: {}, results: {}}, {node_id: c, worktree: {path: ~, branch: null, commit: }, results: null}]",
    ).nodes;
    expect({ ...b, node_id: "a" }).toEqual(a);
    expect({ ...c, node_id: "a" }).toEqual(a);
    expect(a).toMatchObject({
      parent_id: null,
      status: "pending",
      worktree: null,
      results: null,
      children: [],
      working_dir: ".",
    });
  });

  it("reads the mapping form in file order, with or without node_id inside", () => {
    expect(
      read("nodes:\n  b: {description: x}\n  a: {node_id: a, parent_id: b}\n").nodes.map((node) => node.node_id),
    ).toEqual(["b", "a"]);
  });

  it("keeps the file's order also of ids that look like numbers, and finds the right place", () => {
    const text = 'nodes:\n  "10": {description: ten}\n  "2":\n    description: two\n    status: done\n';
    expect(read(text.replace("done", "failed")).nodes.map((node) => node.node_id)).toEqual(["10", "2"]);
    expect(messageOf(text)).toContain("t.yaml:5:13: nodes[1].status");
  });

  it("refuses an id that contradicts its key", () => {
    expect(messageOf("nodes:\n  a: {node_id: b}\n")).toContain(
      "t.yaml:2:16: nodes[0].node_id: expected the key 'a', received 'b'",
    );
  });

  it("reads a tagged scalar from its source, and old line breaks in block scalars as PyYAML does", () => {
    const text =
      "x: !!timestamp 2024-01-01\ny: !!int 010\nl: |\n    a\u0085    b\u2028    c\nf: >2\n  a\u0085  b\nnodes: []\n";
    expect(readTree(text, "t").tree).toMatchObject({ x: "2024-01-01", y: 8, l: "a\nb\u2028c\n", f: "a b\n" });
  });

  it("keeps unknown keys anywhere, `__proto__` among them", () => {
    const tree = read(
      "mine: 1\nnodes: [{node_id: a, __proto__: {x: 1}, constructor: 2, results: {primary_metric: m, primary_value: 1, direction: maximize, lr: 0.1}}]",
    );
    expect(tree["mine"]).toBe(1);
    expect(tree.nodes[0]?.["constructor"]).toBe(2);
    expect(Object.getPrototypeOf(tree.nodes[0])).toBe(Object.prototype);
    expect(tree.nodes[0]?.results).toMatchObject({ lr: 0.1 });
  });

  it.each([
    ["a tag says more than the look", "!!str 1", "1"],
    ["the tag int makes a quoted number one", '!!int "12"', 12],
    ["the tag float reads 1e3", "!!float 1e3", 1000],
    ["the tag null", '!!null ""', null],
    ["the tag bool", '!!bool "yes"', true],
    ["tags of collections", "!!map {a: !!seq [1]}", { a: [1] }],
    ["a quoted number is text", "['1', \"1\"]", ["1", "1"]],
    ["a single pair in a list", "[a: 1, b]", [{ a: 1 }, "b"]],
    ["nothing behind a key", "{a: , b}", { a: null, b: null }],
    [
      "keys that look like null, a flag and a number",
      "{~: 1, null: 2, yes: 3, 1: 4}",
      { "~": 1, null: 2, yes: 3, 1: 4 },
    ],
    ["old line breaks in plain and single-quoted text", "[a\u0085b, 'a\u0085b']", ["a b", "a b"]],
    ["old line breaks in double quotes stay", '"a\u2028 b"', "a\u2028 b"],
  ])("reads an unknown key by the looks: %s", (_, text, value) => {
    expect(read(`nodes: [{node_id: a, x: ${text}}]`).nodes[0]?.["x"]).toEqual(value);
  });

  it.each([
    ["a mapping", "{<<: *a, y: 3}", { x: 1, y: 3 }],
    ["the mapping's own keys before the merge", "{y: 3, <<: *a}", { x: 1, y: 3 }],
    ["the first of several", "{<<: [*b, *a]}", { x: 5, y: 2, z: 6 }],
    ["a quoted key is no merge", '{"<<": *b}', { "<<": { x: 5, z: 6 } }],
  ])("merges %s", (_, text, value) => {
    const tree = read(`a: &a {x: 1, y: 2}\nb: &b {x: 5, z: 6}\nc: ${text}\nnodes: []\n`);
    expect(tree["c"]).toEqual(value);
  });

  it("reads an alias as what stands before it, by what its own field means", () => {
    const tree = read("x: &v 1e3\ny: &v 007\nnodes: [{node_id: *v, z: *v}]\n");
    expect(tree.nodes[0]).toMatchObject({ node_id: "007", z: 7 });
  });

  it("reads no nodes where nothing stands behind the key", () => {
    expect(read("nodes:\n").nodes).toEqual([]);
    expect(read("nodes: ~\n").nodes).toEqual([]);
    expect(read("nodes: {}\n").nodes).toEqual([]);
  });

  it("reads the text that a new file starts from", () => {
    const text = newTreeText("s.json");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=s.json");
    expect(read(text)).toEqual({ version: 1, nodes: [] });
  });

  it("warns of a single node without counting others, and not at all when all agree", () => {
    expect(warned("nodes: [{node_id: a, children: [x]}]")).toEqual([
      "t.yaml: 'children' of 'a' disagrees with 'parent_id'; parent_id decides",
    ]);
    expect(warned("nodes: [{node_id: a}]")).toEqual([]);
  });

  it("warns once when children disagree with parent_id", () => {
    const text = "nodes: [{node_id: a, children: [x]}, {node_id: b, parent_id: a}, {node_id: c, children: [a]}]";
    expect(warned(text)).toEqual([
      "t.yaml: 'children' of 'a' and 1 more disagrees with 'parent_id'; parent_id decides",
    ]);
  });
});

function warned(text: string): readonly string[] {
  return warningsOf(storedWhole(Buffer.from(text), read(text)).outOfStep, "t.yaml");
}

describe("readTree names what is wrong, with its place", () => {
  const cases: readonly (readonly [name: string, text: string, expected: readonly string[]])[] = [
    ["an empty file", "", ["t.yaml: the file is empty"]],
    ["only comments", "# hello\n", ["t.yaml: the file is empty"]],
    ["no YAML", "nodes: [a\nb: {", ["t.yaml:2:", "  2 | b: {"]],
    ["a list", "- a\n- b\n", ["t.yaml:1:1: expected a mapping with `nodes`"]],
    ["no nodes", "version: 1\n", ["t.yaml:1:1: nodes: a list is missing"]],
    ["nodes as text", "nodes: hello\n", ['t.yaml:1:8: nodes: expected a list, received the text "hello"']],
    ["a node without id", "nodes:\n- description: x\n", ["t.yaml:2:3: nodes[0].node_id: text is missing"]],
    ["a duplicate id", "nodes:\n- node_id: a\n- node_id: A\n", ["t.yaml:3:12: nodes[1].node_id: duplicate id 'A'"]],
    [
      "an unknown parent",
      "nodes:\n- node_id: base\n- node_id: b\n  parent_id: bse\n",
      ["t.yaml:4:14: ", "unknown parent 'bse' of 'b'; did you mean 'base'?"],
    ],
    [
      "a cycle",
      "nodes:\n- {node_id: a, parent_id: b}\n- {node_id: b, parent_id: a}\n",
      ["t.yaml:2:27: ", "cycle of parents: a -> b -> a"],
    ],
    [
      "a bad status",
      "nodes:\n- node_id: a\n  status: done\n",
      ["t.yaml:3:11: nodes[0].status: expected 'pending' or 'running'", '"done"'],
    ],
    [
      "NaN",
      "nodes:\n- node_id: a\n  results: {primary_metric: m, primary_value: .nan, direction: maximize}\n",
      ["t.yaml:3:47: ", "primary_value: expected a finite number, received NaN"],
    ],
    [
      "text as value",
      "nodes:\n- node_id: a\n  results: {primary_metric: m, primary_value: high, direction: maximize}\n",
      ['expected a finite number, received the text "high"'],
    ],
    [
      "a missing direction",
      "nodes:\n- node_id: a\n  results: {primary_metric: m, primary_value: 1}\n",
      ["t.yaml:3:12: ", "results.direction: expected 'maximize' or 'minimize', received nothing"],
    ],
    ["a duplicate key", "nodes: []\nnodes: []\n", ["t.yaml:2:1: this key stands twice"]],
    ["a second document", "nodes: []\n---\nnodes: []\n", ["t.yaml:2:1: a second document begins"]],
    [
      "a merge conflict",
      "nodes:\n<<<<<<< HEAD\n- node_id: a\n=======\n- node_id: b\n>>>>>>> other\n",
      ["t.yaml:2:1: an unresolved merge conflict"],
    ],
    ["a circular alias", "nodes: &n\n- node_id: a\n  extra: *n\n", ["t.yaml:3:10: the alias '*n' contains itself"]],
    ["an unknown anchor", "nodes:\n- node_id: *x\n", ["t.yaml:2:12: no anchor '&x' stands before this alias"]],
    ["an unknown tag", "nodes:\n- node_id: !!python/name:os.system a\n", ["t.yaml:2:", "is not supported"]],
    ["a merge of a text", "nodes: [{node_id: a, <<: x}]\n", ["t.yaml:1:22: '<<' merges mappings only"]],
    ["a merge of nothing", "nodes: [{node_id: a, <<: }]\n", ["t.yaml:1:22: '<<' merges mappings only"]],
    ["a merge of a list of texts", "nodes: [{node_id: a, <<: [x]}]\n", ["'<<' merges mappings only"]],
    ["a tag of a list on a mapping that is unknown", "x: !!set {a}\nnodes: []\n", ["t.yaml:1:", "the tag '"]],
    ["a node that is a text", "nodes:\n- a\n", ['t.yaml:2:3: nodes[0]: expected a mapping, received the text "a"']],
    ["a node in the mapping form that is a list", "nodes:\n  a: [1]\n", ["t.yaml:2:6: nodes[0]: expected a mapping"]],
    ["what an alias repeats", "x: &x 1\nnodes:\n- node_id: a\n  status: *x\n", ["t.yaml:4:11: nodes[0].status: "]],
    ["one side of a merge conflict", "nodes: []\n<<<<<<< HEAD\nx: 1\n", ["t.yaml:"]],
    ["an empty text", '""\n', ["t.yaml: the file is empty"]],
    [
      "a text in the mapping form",
      "nodes:\n  a: x\n",
      ['t.yaml:2:6: nodes[0]: expected a mapping, received the text "x"'],
    ],
    ["nothing in the mapping form", "nodes:\n  a:\n", ["nodes[0]: expected a mapping, received null"]],
    ["a text", "hello\n", ["t.yaml:1:1: expected a mapping with `nodes`, received something else\n  1 | hello"]],
    [
      "a line that ends in CRLF",
      "nodes:\r\n- node_id: a\r\n  status: done\r\n",
      ["t.yaml:3:11: ", "\n  3 |   status: done"],
    ],
    ["a key that is a list", "nodes:\n- node_id: a\n  ? [x]\n  : 1\n", ["t.yaml:3:5: a key must be text"]],
  ];
  it.each(cases)("%s", (_, text, expected) => {
    const message = messageOf(text);
    for (const part of expected) expect(message).toContain(part);
  });

  it.each([
    ["", "If nothing was lost here, delete the file: `add` then makes a new one."],
    ["- a\n", "See ITERATION_TREE.example.yaml."],
    ["nodes: [{}]\n", "Correct the file by hand; nothing was written."],
    ["<<<<<<< a\n>>>>>>> b\n", "Resolve it: keep one side, or both, and remove the marker lines."],
    ["<<<<<<<\r\n>>>>>>>\r\n", "Resolve it: keep one side, or both, and remove the marker lines."],
  ])("says what to do about %j", (text, hint) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ hint }));
  });

  it.each([
    "<<<<<<< a\n",
    "<<<<<<< a\n# >>>>>>> b\n",
    "# <<<<<<< a\n>>>>>>> b\n",
    "<<<<<<<a\n>>>>>>> b\n",
    "<<<<<<< a\n>>>>>>>b\n",
  ])("does not take %j for a merge conflict, but for no tree", (text) => {
    expect(messageOf(text)).not.toContain("merge conflict");
  });

  it("shows the line without its end", () => {
    expect(messageOf("nodes:\r\n- node_id: a\r\n  status: x\r\n").split("\n").at(-1)).toBe("  3 |   status: x");
  });

  it("takes seven brackets inside a text for no merge conflict", () => {
    expect(read("x: |\n  <<<<<<< a\n  >>>>>>> b\ny: a<<<<<<< b\nnodes: []\n").nodes).toEqual([]);
  });

  it("shows a hundred characters of a long line, around the place", () => {
    const message = messageOf(`nodes: [{node_id: ${"x".repeat(200)}, status: done${" ".repeat(200)}}]\n`);
    expect(message.split("\n").at(-1)).toBe(`  1 | ${"x".repeat(49)}, status: done${" ".repeat(37)}`);
  });

  it("shows ten problems without a count of more", () => {
    const text = `nodes:\n${Array.from({ length: 10 }, (_, i) => `- {node_id: n${i}, status: x}\n`).join("")}`;
    expect(messageOf(text)).not.toContain("more");
    expect(messageOf(text)).toContain("nodes[9].status");
  });

  it("shows at most ten problems", () => {
    const text = `nodes:\n${Array.from({ length: 15 }, (_, i) => `- {node_id: n${i}, status: x}\n`).join("")}`;
    expect(messageOf(text).split("\n").at(-1)).toBe("and 5 more");
  });
});

describe("readTree on hostile text", () => {
  it("refuses alias bombs", () => {
    const lines = Array.from({ length: 12 }, (_, i) => `b${i + 1}: &b${i + 1} [${`*b${i},`.repeat(9)}]`);
    expect(messageOf(`b0: &b0 [x]\n${lines.join("\n")}\nnodes: []\n`)).toMatch(/aliases repeat more than/);
  });

  it("allows 20,000 values behind aliases and refuses one more", () => {
    const repeated = (count: number) => `x: &x [${"1,".repeat(99)}]\ny: [${"*x,".repeat(count)}]\nnodes: []\n`;
    expect(read(repeated(200)).nodes).toEqual([]);
    expect(messageOf(repeated(201))).toMatch(/^t\.yaml:1:\d+: aliases repeat more than 20000 values/);
  });

  it("refuses deep nesting, twice in one process", () => {
    for (let i = 0; i < 2; i++) {
      expect(messageOf(`nodes: ${"[".repeat(20_000)}`)).toMatch(/nested more than 64 deep/);
      expect(messageOf(`nodes:\n${"? ".repeat(500)}a\n`)).toMatch(/nested more than 64 deep/);
      expect(messageOf(`nodes:\n${"- ".repeat(5000)}a\n`)).toMatch(/nested more than 64 deep/);
      const stairs = Array.from({ length: 100 }, (_, depth) => `${" ".repeat(depth)}k:`).join("\n");
      expect(messageOf(`nodes: []\n${stairs}\n`)).toMatch(/nested more than 64 deep/);
    }
  });

  it("refuses a file over 16 MB", () => {
    expect(messageOf(`# ${"x".repeat(17 * 1024 * 1024)}\nnodes: []\n`)).toMatch(/larger than 16 MB/);
  });

  it("reads thousands of shallow nodes: nesting is depth, not size", () => {
    const many = Array.from(
      { length: 500 },
      (_, i) =>
        `- node_id: n${i}\n  results:\n    primary_metric: m\n    primary_value: ${i}\n    direction: maximize\n`,
    );
    expect(read(`nodes:\n${many.join("")}`).nodes).toHaveLength(500);
  });
});
