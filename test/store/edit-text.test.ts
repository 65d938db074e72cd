import { describe, expect, it } from "vitest";
import { editText } from "../../src/store/edit-text.ts";
import { readTree } from "../../src/store/read-tree.ts";
import { addNode } from "../../src/tree/add-node.ts";
import type { Change } from "../../src/tree/change.ts";
import { deleteNode } from "../../src/tree/delete-node.ts";
import type { IterationNode, IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { updateNode } from "../../src/tree/update-node.ts";

const now = "2026-01-02T03:04:05Z";

function edit(text: string, change: (tree: IterationTree) => Change) {
  const source = readTree(text, "tree.yaml");
  return editText(source, change(source.tree).tree);
}

/** The lines that are only in one of the two texts, as `- old` and `+ new`. */
function changedLines(before: string, after: string): string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  return [
    ...old.filter((line) => !fresh.includes(line)).map((line) => `- ${line}`),
    ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ];
}

const handEdited = `# my tree
version: 1
objective: {metric: accuracy, direction: maximize}   # flow
my_key: 007

nodes:
    # the first one
    -   node_id: 'root'          # quoted with apostrophes
        description: Baseline
        command: "python train.py"
        worktree: {path: .worktrees/root, branch: iter/root, commit: null}
        status: pending   # by hand
        results:          # none so far
        children: [a]
        seed: 0777

    -   command: |
            python train.py \\
              --lr 1e-3
        node_id: a
        parent_id: root
        status: running
        extra: {x: [1, 2]}
# the end
`;

describe("editText on a file edited by hand", () => {
  it("changes only the lines of what changed, whatever the layout", () => {
    const { text, isRewritten } = edit(handEdited, (tree) =>
      setCommit(tree, { id: "root", commit: "a".repeat(40), now }),
    );
    expect(isRewritten).toBe(false);
    expect(changedLines(handEdited, text)).toEqual([
      "-         worktree: {path: .worktrees/root, branch: iter/root, commit: null}",
      `+         worktree: {path: .worktrees/root, branch: iter/root, commit: "${"a".repeat(40)}"}`,
      `+         updated_at: "${now}"`,
    ]);
  });

  it("keeps the comment beside a value that it replaces, and the quoting of a text", () => {
    const results = parseResults({ primary_metric: "accuracy", primary_value: 0.5, direction: "maximize" });
    const { text } = edit(handEdited, (tree) =>
      updateNode(tree, { id: "root", results, description: "it's better", now }),
    );
    expect(text).toContain("        status: completed   # by hand\n");
    expect(text).toContain(
      '        results:          # none so far\n          primary_metric: "accuracy"\n          primary_value: 0.5\n',
    );
    expect(text).toContain("        -   node_id: 'root'          # quoted with apostrophes\n".trimStart());
    expect(text).toContain('        description: "it\'s better"\n');
  });

  it("adds a node in the indentation that the others have, with a blank line where they have one", () => {
    const { text } = edit(handEdited, (tree) =>
      addNode(tree, { id: "b", parent: "a", description: "x", command: "y", now }),
    );
    expect(text).toContain(
      '        extra: {x: [1, 2]}\n        children:\n          - "b"\n\n    - node_id: "b"\n      parent_id: "a"\n',
    );
    expect(text.endsWith("# the end\n")).toBe(true);
  });

  it("removes a node with its own lines and no others", () => {
    const { text } = edit(handEdited, (tree) => deleteNode(tree, { id: "a" }));
    expect(text).toBe(
      `${handEdited.slice(0, handEdited.indexOf("    -   command"))}# the end\n`.replace(
        "children: [a]",
        "children: []",
      ),
    );
  });

  it("replaces a block scalar", () => {
    const { text } = edit(handEdited, (tree) => updateNode(tree, { id: "a", command: "python x.py", now }));
    expect(text).toContain('    -   command: "python x.py"\n        node_id: a\n');
  });
});

describe("editText and undoing", () => {
  const compact =
    "nodes:\n- node_id: a\n  description: x\n  status: failed\n  reason: 'NaN loss'\n  children: []\n  updated_at: \"x\"\n";

  it("gives the same bytes after prune and its undo, but for updated_at", () => {
    const pruned = edit(compact, (tree) => pruneNode(tree, { id: "a", reason: "dead", now })).text;
    expect(pruned).toContain("  reason: 'dead'\n");
    const back = edit(pruned, (tree) => unpruneNode(tree, { id: "a", now: "x" })).text;
    expect(back).toBe(compact);
  });

  it("gives the same bytes after add and delete", () => {
    const added = edit(compact, (tree) =>
      addNode(tree, { id: "b", parent: "a", description: "x", command: "y", now }),
    ).text;
    expect(edit(added, (tree) => deleteNode(tree, { id: "b" })).text).toBe(compact);
  });
});

describe("editText and forms", () => {
  it("keeps the mapping form, with the id as the key", () => {
    const text = "nodes:\n  a:\n    description: x\n  b: {description: y, parent_id: a}\n";
    const added = edit(text, (tree) =>
      addNode(tree, { id: "c", parent: "b", description: "z", command: "w", now }),
    ).text;
    expect(added).toContain(
      '  b: {description: y, parent_id: a, children: ["c"]}\n  c:\n    node_id: "c"\n    parent_id: "b"\n',
    );
    expect(edit(added, (tree) => deleteNode(tree, { id: "c" })).text).toBe(
      text.replace("parent_id: a}", "parent_id: a, children: []}"),
    );
  });

  it("keeps a file in flow style on its one line", () => {
    const text = '{"nodes": [{"node_id": "a", "results": {}}], "more": [1]}\n';
    const added = edit(text, (tree) => addNode(tree, { id: "b", description: "z", command: "w", now })).text;
    expect(added.split("\n")).toHaveLength(2);
    expect(added).toMatch(
      /^\{"nodes": \[\{"node_id": "a", "results": \{\}\}, \{node_id: "b", .*\}\], "more": \[1\]\}\n$/,
    );
    expect(edit(added, (tree) => deleteNode(tree, { id: "b" })).text).toBe(text);
  });

  it("removes an item of a flow list over several lines with its own comment", () => {
    const text = "nodes: [\n  {node_id: a}, # first\n  {node_id: b}, # second\n  {node_id: c} # third\n]\n";
    const lines = (id: string) => edit(text, (tree) => deleteNode(tree, { id })).text.split("\n");
    for (const [id, line] of [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ] as const)
      expect(lines(id)).toEqual(text.split("\n").toSpliced(line, 1));
  });

  it("keeps CRLF, a BOM and a missing last line break", () => {
    const text = "\ufeffnodes:\r\n  - node_id: a\r\n    status: pending\r\n    children: []";
    const { text: edited } = edit(text, (tree) => updateNode(tree, { id: "a", status: "running", note: "n", now }));
    expect(edited).toBe(
      `\ufeffnodes:\r\n  - node_id: a\r\n    status: running\r\n    children: []\r\n    notes:\r\n      - "n"\r\n    updated_at: "${now}"`,
    );
  });

  it("begins and ends a list of nodes", () => {
    for (const empty of ["nodes: []\n", "version: 1\nnodes:\n", "nodes: {}\n# c\n"]) {
      const one = edit(empty, (tree) => addNode(tree, { id: "a", description: "x", command: "y", now })).text;
      expect(readTree(one, "t").tree.nodes).toHaveLength(1);
      const none = edit(one, (tree) => deleteNode(tree, { id: "a" })).text;
      expect(readTree(none, "t").tree.nodes).toEqual([]);
      expect(none.includes("# c")).toBe(empty.includes("# c"));
    }
  });

  it("matches nodes by id, not by position", () => {
    const text = "nodes:\n- {node_id: b, parent_id: a}\n- {node_id: a}\n";
    const { text: edited } = edit(text, (tree) => updateNode(tree, { id: "a", status: "running", now }));
    expect(edited.split("\n")[1]).toBe("- {node_id: b, parent_id: a}");
  });

  it("replaces results of one shape by results of the other", () => {
    for (const text of [
      "nodes: [{node_id: a, results: {objectives: [{metric: m, value: 1, direction: maximize}], primary_index: 0}}]\n",
      "nodes:\n- node_id: a\n  results:   # both\n    objectives:\n    - metric: m\n      value: 1\n      direction: maximize\n  x: 1\n",
    ]) {
      const results = parseResults({ primary_metric: "n", primary_value: 2, direction: "minimize" });
      const { text: edited, isRewritten } = edit(text, (tree) => updateNode(tree, { id: "a", results, now }));
      expect(isRewritten).toBe(false);
      expect(readTree(edited, "t").tree.nodes[0]?.results).toEqual(results);
      expect(edited.includes("# both")).toBe(text.includes("# both"));
    }
  });

  it("edits objectives of a multi-objective node one by one", () => {
    const text = `nodes:
- node_id: a
  results:
    objectives:
    - {metric: accuracy, value: 0.9, direction: maximize}   # main
    - metric: latency
      value: 10     # ms
      direction: minimize
    primary_index: 0
  updated_at: x
`;
    const results = parseResults({
      objectives: [
        { metric: "accuracy", value: 0.9, direction: "maximize" },
        { metric: "latency", value: 8, direction: "minimize" },
      ],
    });
    const { text: edited } = edit(text, (tree) => updateNode(tree, { id: "a", results, now: "x" }));
    expect(changedLines(text, edited)).toEqual([
      "-       value: 10     # ms",
      "+       value: 8     # ms",
      '+   status: "completed"',
    ]);
  });
});

describe("editText and numbers as ids", () => {
  it("adds to the mapping form in order", () => {
    const text = 'nodes:\n  "10": {description: ten}\n';
    const { text: added, isRewritten } = edit(text, (tree) =>
      addNode(tree, { id: "5", parent: "10", description: "five", command: "c", now }),
    );
    expect(isRewritten).toBe(false);
    expect(readTree(added, "t").tree.nodes.map((node) => node.node_id)).toEqual(["10", "5"]);
  });
});

describe("editText and comments of a node", () => {
  const [a, b] = [
    "  - node_id: a\n    status: pending\n    # end of a\n",
    "  - node_id: b\n    status: pending\n    # end of b\n",
  ];
  const text = `nodes:\n${a}  # before b\n${b}# end\n`;

  it("adds behind the comments that belong to the last node", () => {
    const { text: added } = edit(text, (tree) => addNode(tree, { id: "c", description: "x", command: "y", now }));
    expect(added).toContain('    # end of b\n  - node_id: "c"\n');
    expect(added.endsWith("\n# end\n")).toBe(true);
  });

  it("deletes a node with the comments that belong to it, and leaves the others", () => {
    expect(edit(text, (tree) => deleteNode(tree, { id: "a" })).text).toBe(`nodes:\n  # before b\n${b}# end\n`);
    expect(edit(text, (tree) => deleteNode(tree, { id: "b" })).text).toBe(`nodes:\n${a}  # before b\n# end\n`);
  });
});

describe("editText and aliases", () => {
  it("refuses to change an alias, with its line", () => {
    const text =
      "base: &r {primary_metric: a, primary_value: 1, direction: maximize}\nnodes:\n- node_id: a\n  results: *r\n";
    const results = parseResults({ primary_metric: "a", primary_value: 2, direction: "maximize" });
    expect(() => edit(text, (tree) => updateNode(tree, { id: "a", results, now }))).toThrow(
      expect.objectContaining({
        code: "alias",
        exitCode: 4,
        message: expect.stringMatching(/^tree\.yaml:4:12: .*'\*r'/),
      }),
    );
  });

  it("refuses to change what an alias repeats, with its line", () => {
    const text = "nodes:\n- node_id: a\n  description: &d same\n- node_id: b\n  description: *d\n";
    expect(() => edit(text, (tree) => updateNode(tree, { id: "a", description: "other", now }))).toThrow(
      expect.objectContaining({ code: "alias", message: expect.stringContaining("tree.yaml:3:19: ") }),
    );
  });

  it("refuses to take out an alias, or a collection that an alias repeats, and says what to do", () => {
    const hint = "Write the value out by hand at this place, then try again.";
    const reason = "x: &r why\nnodes:\n- node_id: a\n  status: pruned\n  reason: *r\n";
    expect(() => edit(reason, (tree) => unpruneNode(tree, { id: "a", now }))).toThrow(
      expect.objectContaining({
        message: "tree.yaml:5:11: the value to be changed is the alias '*r'; nothing was written",
        hint,
      }),
    );
    const notes = "nodes:\n- node_id: a\n  notes: &n [x]\n- node_id: b\n  notes: *n\n";
    expect(() => edit(notes, (tree) => updateNode(tree, { id: "a", note: "y", now }))).toThrow(
      expect.objectContaining({
        message: "tree.yaml:3:13: the value here to be changed is repeated by '*n'; nothing was written",
        hint,
      }),
    );
  });

  it("changes a value whose own anchor no alias names, beside others that are repeated", () => {
    const text = "nodes:\n- node_id: a\n  status: &s pending\n  command: &c run\n- node_id: b\n  command: *c\n";
    const { text: edited } = edit(text, (tree) => updateNode(tree, { id: "a", status: "running", now }));
    expect(readTree(edited, "t").tree.nodes[0]).toMatchObject({ status: "running", command: "run" });
  });

  it("refuses what would leave an alias without its anchor, and says what to do", () => {
    const text = "nodes:\n- node_id: a\n  x: &x [1]\n- node_id: b\n  y: *x\n";
    expect(() => edit(text, (tree) => deleteNode(tree, { id: "a" }))).toThrow(
      expect.objectContaining({
        code: "conflict",
        message: "tree.yaml: this change cannot be written without touching other values",
        hint: "Simplify this part of the file by hand (anchors, merge keys, unusual layout), then try again.",
      }),
    );
  });

  it("changes everything else in a file with aliases, and keeps them", () => {
    const text = "nodes:\n- node_id: a\n  command: &c run\n- node_id: b\n  command: *c\n";
    const { text: edited, isRewritten } = edit(text, (tree) => updateNode(tree, { id: "b", status: "running", now }));
    expect(isRewritten).toBe(false);
    expect(edited).toContain("  command: *c\n");
  });

  it("overrides a merged key with the node's own", () => {
    const text = "base: &b {status: pending, command: run}\nnodes:\n- <<: *b\n  node_id: a\n";
    const { text: edited } = edit(text, (tree) => updateNode(tree, { id: "a", status: "running", now }));
    expect(readTree(edited, "t").tree.nodes[0]).toMatchObject({ status: "running", command: "run" });
    expect(edited).toContain("- <<: *b\n");
  });
});

describe("editText where splicing cannot do it", () => {
  it("lays the file out anew, says so, and keeps comments and all other values", () => {
    const text = "nodes:\n- ? node_id\n  : a\n  ? status\n  : !!str pending   # odd\n  x: 0777\n";
    const { text: edited, isRewritten } = edit(text, (tree) => updateNode(tree, { id: "a", status: "running", now }));
    expect(isRewritten).toBe(true);
    expect(edited).toContain("x: 0777");
    expect(readTree(edited, "t").tree.nodes[0]).toMatchObject({ node_id: "a", status: "running", x: 511 });
  });

  it("does so when another node comes in the place of the last one, or of all", () => {
    const model = readTree("nodes: [{node_id: c}]", "t").tree.nodes[0] as IterationNode;
    const text = "nodes:\n- node_id: a # first\n- node_id: b # second\n";
    const source = readTree(text, "tree.yaml");
    const replaced = (nodes: readonly IterationNode[]) => editText(source, { nodes: [...nodes, model] });
    expect(replaced(source.tree.nodes.slice(0, 1)).text).toMatch(/^nodes:\n- node_id: a # first\n- node_id: "c"\n/);
    const all = replaced([]);
    expect(all.isRewritten).toBe(true);
    expect(readTree(all.text, "t").tree.nodes).toEqual([model]);
  });

  it("does so when the first node stands beside an explicit key", () => {
    const text = "? nodes\n: - node_id: a\n  - node_id: b # second\n";
    const { text: edited, isRewritten } = edit(text, (tree) => deleteNode(tree, { id: "a" }));
    expect(isRewritten).toBe(true);
    expect(edited).toContain("node_id: b # second\n");
    expect(readTree(edited, "t").tree.nodes).toHaveLength(1);
  });

  it("does so when a tag says that there are no nodes", () => {
    const { text, isRewritten } = edit("nodes: !!null\nx: 1\n", (tree) =>
      addNode(tree, { id: "a", description: "x", command: "y", now }),
    );
    expect(isRewritten).toBe(true);
    expect(readTree(text, "t").tree).toMatchObject({ x: 1, nodes: [{ node_id: "a" }] });
  });
});
