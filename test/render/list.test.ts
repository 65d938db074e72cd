import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import {
  defaultFields,
  type ListField,
  type ListFormat,
  listFields,
  renderList,
  rowValue,
} from "../../src/render/list.ts";
import { widthOf } from "../../src/render/width.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { worktreeFor } from "../../src/tree/worktree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, someTree } from "../tree/sample-trees.ts";
import { hostileTree, obeyed } from "./hostile-text.ts";

const pipe = createTheme({ level: 0, unicode: true });
const every = Object.keys(listFields) as ListField[];
const tree = growTree("root=0.8", "a<root=0.91!pruned", "b<root!failed");
const text = ({ nodes }: IterationTree, fields = defaultFields, theme = pipe) =>
  renderList(nodes, fields, "text", theme);
const widest = (shown: string) => Math.max(...shown.split("\n").map(widthOf));
const describeAll = (grown: IterationTree, description: string): IterationTree => ({
  ...grown,
  nodes: grown.nodes.map((node) => ({ ...node, description })),
});
const twoHundred = growTree(
  "iter1_baseline=0.5",
  ...Array.from({ length: 199 }, (_, i) => `iter${i + 2}_try<iter1_baseline=0.${5000 + i}`),
);

describe("renderList as text", () => {
  it("aligns id, parent, status, value and description, a missing value as nothing", () => {
    expect(text(tree)).toBe(
      [
        "id    parent  status       value  description",
        "root          ● completed    0.8  try root",
        "a     root    ⊘ pruned      0.91  try a",
        "b     root    ✗ failed            try b",
      ].join("\n"),
    );
  });

  it("says so when there are no nodes", () => {
    expect(text({ nodes: [] })).toBe("No nodes.");
  });

  it("shows the columns asked for, in that order", () => {
    expect(text(growTree("a=0.5"), ["metric", "id", "direction"])).toBe(
      "metric    id  direction\naccuracy  a   maximize",
    );
  });

  it("shows seven characters of a commit and tags with spaces between", () => {
    const node = { worktree: { ...worktreeFor("a"), commit: "a1b2c3d4".repeat(5) }, tags: ["x", "y"] };
    expect(text(amend(growTree("a"), "a", node), ["id", "commit", "tags"])).toBe("id  commit   tags\na   a1b2c3d  x y");
  });

  it("dims a pruned node in colour", () => {
    const theme = createTheme({ level: 1, unicode: true });
    const lines = text(tree, ["id", "status"], theme).split("\n");
    expect(lines[2]).toContain(theme.dim("a   "));
    expect(lines[3]).not.toContain(theme.dim("b"));
  });

  it("prints only ASCII where the terminal is not UTF-8 and the texts are ASCII", () => {
    const theme = createTheme({ level: 0, unicode: false, width: 60 });
    const shown = text(describeAll(tree, "long words ".repeat(20)), every, theme);
    expect(shown).toMatch(/^[\n -~]+$/);
  });

  it.each([80, 160])("is never wider than %d cells", (width) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    for (const long of ["x".repeat(300), "学".repeat(200), "🚀 ".repeat(100), "short"]) {
      expect(widest(text(describeAll(twoHundred, long), defaultFields, theme))).toBeLessThanOrEqual(width);
    }
    const ids = growTree(`${"x".repeat(100)}=0.5`, `${"y".repeat(100)}<${"x".repeat(100)}=0.5`);
    expect(widest(text(ids, defaultFields, theme))).toBeLessThanOrEqual(width);
  });

  it.each([20, 40])("is never wider than %d cells", (width) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    expect(widest(text(describeAll(twoHundred, "x".repeat(300)), defaultFields, theme))).toBeLessThanOrEqual(width);
  });

  it("takes less than 25,000 bytes for 200 nodes with short descriptions", () => {
    expect(Buffer.byteLength(text(describeAll(twoHundred, "x".repeat(40))))).toBeLessThan(25_000);
  });

  it.each([
    ["long", "x".repeat(120)],
    ["Cyrillic", "скорость обучения ".repeat(6)],
    ["Chinese", "学习率".repeat(30)],
  ])("takes less than 25,000 bytes for 200 nodes with %s descriptions", (_, description) => {
    expect(Buffer.byteLength(text(describeAll(twoHundred, description)))).toBeLessThan(25_000);
  });

  it("takes less than 25,000 bytes for 200 nodes of which one has a long id", () => {
    const root = "x".repeat(100);
    const words = Array.from({ length: 199 }, (_, i) => `iter${i}_try<${root}=0.5`);
    expect(Buffer.byteLength(text(growTree(root, ...words)))).toBeLessThan(25_000);
  });
});

describe("renderList for programs", () => {
  const rows = (format: ListFormat, fields: readonly ListField[], grown = tree) =>
    renderList(grown.nodes, fields, format, pipe);

  it("writes CSV, TSV and Markdown with a line of titles", () => {
    expect(rows("csv", ["id", "value"])).toBe("id,value\nroot,0.8\na,0.91\nb,");
    expect(rows("tsv", ["id", "value"])).toBe("id\tvalue\nroot\t0.8\na\t0.91\nb\t");
    expect(rows("markdown", ["id", "value"])).toBe(
      "| id | value |\n| --- | --- |\n| root | 0.8 |\n| a | 0.91 |\n| b |  |",
    );
  });

  it("writes values with all their digits and commits whole", () => {
    const commit = "a1b2c3d4".repeat(5);
    const exact = amend(growTree(`a=${1 / 3}`), "a", { worktree: { ...worktreeFor("a"), commit } });
    expect(rows("csv", ["value", "commit"], exact)).toBe(`value,commit\n${1 / 3},${commit}`);
  });

  it("writes the titles alone when there are no nodes", () => {
    expect(rows("csv", ["id", "value"], { nodes: [] })).toBe("id,value");
  });

  it("has one line a node", () => {
    fc.assert(
      fc.property(someTree, fc.constantFrom<ListFormat>("text", "csv", "tsv"), (grown, format) => {
        expect(rows(format, every, grown).split("\n")).toHaveLength(grown.nodes.length + 1);
      }),
    );
  });
});

describe("rowValue", () => {
  it("is null, never 0 or an empty text, for what is missing", () => {
    const node = requireNode(growTree("a"), "a");
    const missing: readonly ListField[] = ["parent", "value", "metric", "direction", "branch", "commit", "reason"];
    expect(missing.map((field) => rowValue(node, field))).toEqual(missing.map(() => null));
  });

  it("is 0 for a measured 0", () => {
    expect(rowValue(requireNode(growTree("a=0"), "a"), "value")).toBe(0);
  });
});

describe("renderList with hostile texts", () => {
  it.each(["text", "csv", "markdown"] as const)("lets nothing raw through as %s", (format) => {
    fc.assert(
      fc.property(hostileTree, fc.option(fc.constantFrom(20, 40, 80), { nil: undefined }), ({ nodes }, width) => {
        const shown = renderList(nodes, every, format, createTheme({ level: 0, unicode: true, width }));
        expect(obeyed(shown)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("lets nothing raw through in a commit", () => {
    const hostile = amend(growTree("a"), "a", { worktree: { ...worktreeFor("a"), commit: "\u001b[31m\u202e" } });
    expect(obeyed(text(hostile, ["id", "commit"]))).toEqual([]);
  });
});
