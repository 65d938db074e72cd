import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { renderOutline } from "../../src/render/visualize.ts";
import { widthOf } from "../../src/render/width.ts";
import { emptyTree, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { generateId } from "../../src/tree/node-id.ts";
import { type OutlineRequest, outlineTree } from "../../src/tree/outline.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, someTree } from "../tree/sample-trees.ts";
import { hostileTree, obeyed } from "./hostile-text.ts";

const pipe = createTheme({ level: 0, unicode: true });
const draw = (tree: IterationTree, theme = pipe, request: OutlineRequest = {}) =>
  renderOutline(outlineTree(tree, request), theme);
const window = (width: number) => createTheme({ level: 0, unicode: true, width });
const widest = (shown: string) => Math.max(...shown.split("\n").map(widthOf));
const bytes = (tree: IterationTree) => Buffer.byteLength(draw(tree));
const describeAll = (tree: IterationTree, description: string): IterationTree => ({
  ...tree,
  nodes: tree.nodes.map((node) => ({ ...node, description })),
});
const small = growTree("root=0.5", "a<root=0.4", "b<root=0.75", "c<b!failed", "d<root!running");

/** 200 nodes, each under one of the ten before it, so that branches are some 30 deep. */
const grownAtNight = growTree(
  "iter1_baseline=0.5",
  ...Array.from({ length: 199 }, (_, i) => {
    const parent = Math.max(1, i + 1 - ((i * 7) % 10));
    return `iter${i + 2}_warmup<iter${parent}_${parent === 1 ? "baseline" : "warmup"}=0.${5000 + ((i * 37) % 997)}`;
  }),
);

/** 199 nodes under one root. */
const star = growTree("n0=0.5", ...Array.from({ length: 199 }, (_, i) => `n${i + 1}<n0=0.${6000 + i}`));

describe("renderOutline for a program", () => {
  it("draws shapes for status, values, changes and heavy branches to the best node", () => {
    expect(draw(small)).toBe(
      [
        "accuracy (maximize)",
        "● root 0.5  try root",
        "┠─ ● a 0.4 -0.1  try a",
        "┡━ ● b ★ 0.75 +0.25  try b",
        "│  └─ ✗ c  try c",
        "└─ ◐ d  try d",
      ].join("\n"),
    );
  });

  it("draws the same in ASCII where the terminal is not UTF-8", () => {
    expect(draw(small, createTheme({ level: 0, unicode: false }))).toBe(
      [
        "accuracy (maximize)",
        "* root 0.5  try root",
        "!- * a 0.4 -0.1  try a",
        "|= * b # 0.75 +0.25  try b",
        "|  `- x c  try c",
        "`- ~ d  try d",
      ].join("\n"),
    );
  });

  it("explains no shapes, which would cost an agent characters", () => {
    expect(draw(small)).not.toContain("running");
  });

  it("takes less than 10,000 bytes for 200 nodes under one root, however long their descriptions", () => {
    for (const length of [0, 20, 200, 2_000]) expect(bytes(describeAll(star, "x".repeat(length)))).toBeLessThan(10_000);
  });

  it("keeps short descriptions whole where there is room for all", () => {
    expect(draw(describeAll(small, "x".repeat(500)))).toContain("x".repeat(500));
  });

  it("cuts only the long descriptions when there is not room for all", () => {
    const shown = draw(amend(describeAll(star, "a short one"), "n7", { description: "y".repeat(9_000) }));
    expect(shown.match(/a short one/g)).toHaveLength(199);
    expect(shown).toMatch(/y…/);
  });

  it.each([
    ["Cyrillic", "уменьшить скорость обучения в два раза"],
    ["Thai", "ลดอัตราการเรียนรู้ลงครึ่งหนึ่ง"],
    ["Chinese", "学习率减半并增加数据增强和正则化的实验"],
    ["emoji", "🚀".repeat(40)],
  ])("takes less than 10,000 bytes for 200 nodes with %s descriptions", (_, description) => {
    expect(bytes(describeAll(star, description))).toBeLessThan(10_000);
  });

  it("takes less than 10,000 bytes for 200 nodes as an agent grows them", () => {
    expect(bytes(grownAtNight)).toBeLessThan(10_000);
  });

  it("takes less than 10,000 bytes for 200 nodes with the ids that add generates", () => {
    const words = [
      "Halve the learning rate",
      "Add random rotation of 10 degrees",
      "Twice as many hidden units",
      "Dropout",
      "Cosine schedule",
    ];
    const ids = ["iter1_baseline"];
    const grown = ["iter1_baseline=0.5"];
    for (let i = 1; i < 200; i++) {
      const id = generateId(ids, words[i % words.length] as string);
      grown.push(`${id}<${ids[Math.max(0, i - 1 - ((i * 7) % 10))]}=0.${5000 + ((i * 37) % 997)}`);
      ids.push(id);
    }
    expect(bytes(growTree(...grown))).toBeLessThan(10_000);
  });

  it("takes less than 10,000 bytes for 200 nodes in a chain", () => {
    expect(bytes(chainOf(200))).toBeLessThan(10_000);
  });

  it("draws 5,000 nodes of a chain", () => {
    expect(draw(chainOf(5_000)).split("\n")).toHaveLength(5_001);
  });
});

describe("renderOutline for a terminal", () => {
  it("sets values in columns and explains the shapes that are there", () => {
    expect(draw(small, window(60))).toBe(
      [
        "accuracy (maximize)",
        "● root      0.5        try root",
        "┠─ ● a      0.4  -0.1  try a",
        "┡━ ● b  ★  0.75 +0.25  try b",
        "│  └─ ✗ c              try c",
        "└─ ◐ d                 try d",
        "",
        "◐ running   ● completed   ✗ failed   ★ best",
      ].join("\n"),
    );
  });

  it.each([40, 80, 160])("is never wider than %d cells, for wide characters too", (width) => {
    for (const text of ["x".repeat(300), "学".repeat(200), "🚀".repeat(100), "e\u0301".repeat(200)]) {
      expect(widest(draw(describeAll(small, text), window(width)))).toBeLessThanOrEqual(width);
      expect(widest(draw(describeAll(star, text), window(width)))).toBeLessThanOrEqual(width);
    }
    const ids = growTree(`${"x".repeat(100)}=0.5`, `${"y".repeat(100)}<${"x".repeat(100)}=0.6`);
    expect(widest(draw(ids, window(width)))).toBeLessThanOrEqual(width);
  });

  it("is never wider than the window for any small tree", () => {
    fc.assert(
      fc.property(someTree, fc.constantFrom(60, 80, 160), (tree, width) => {
        expect(widest(draw(tree, window(width)))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("is never wider than 20 cells", () => {
    expect(
      widest(draw(growTree("iter1_baseline=0.5", "iter2_lr<iter1_baseline=0.75"), window(20))),
    ).toBeLessThanOrEqual(20);
  });

  it("is never wider than 80 cells, however deep the tree", () => {
    expect(widest(draw(chainOf(30), window(80)))).toBeLessThanOrEqual(80);
    expect(widest(draw(grownAtNight, window(80)))).toBeLessThanOrEqual(80);
  });

  it("is never wider than 80 cells, however long the metric's name", () => {
    const results = { primary_metric: "m".repeat(200), primary_value: 1, direction: "maximize" as const };
    expect(widest(draw(amend(growTree("a=1"), "a", { results }), window(80)))).toBeLessThanOrEqual(80);
  });
});

describe("renderOutline", () => {
  it("says so when the tree is empty", () => {
    expect(draw(emptyTree)).toBe("The tree is empty.");
    expect(draw(emptyTree, window(80))).toBe("The tree is empty.");
  });

  it("has no line for an objective while nothing is measured", () => {
    expect(draw(growTree("a"))).toBe("○ a  try a");
  });

  it("draws several roots one after the other", () => {
    expect(draw(growTree("a", "b", "c<b"))).toBe("○ a  try a\n○ b  try b\n└─ ○ c  try c");
  });

  it("says why a node is pruned or failed", () => {
    const tree = amend(amend(growTree("a!pruned", "b!failed"), "a", { reason: "noise" }), "b", { reason: "no memory" });
    expect(draw(tree)).toBe("⊘ a  try a - pruned: noise\n✗ b  try b - failed: no memory");
  });

  it("does not give the reason of a failure as that of pruning", () => {
    const tree = amend(growTree("a!pruned", "b<a!failed"), "b", { reason: "no memory" });
    expect(draw(tree)).not.toContain("pruned: no memory");
  });

  it("says how many nodes are left out below", () => {
    expect(draw(growTree("a", "b<a", "c<a"), pipe, { depth: 0 })).toBe("○ a  (+2 below)  try a");
  });

  it("dims the whole line of a pruned node and of one under it", () => {
    const theme = createTheme({ level: 1, unicode: true });
    const lines = draw(growTree("a=0.5!pruned", "b<a"), theme).split("\n").slice(1);
    expect(lines).toEqual([theme.dim("⊘ a 0.5  try a"), theme.dim("└─ ⊘ b  try b")]);
  });

  it("paints the best path green and leaves the same picture without colour", () => {
    const theme = createTheme({ level: 1, unicode: true });
    const shown = draw(small, theme);
    expect(shown).toContain(theme.good("┡━ "));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is removed
    expect(shown.replaceAll(/\u001b\[\d+m/g, "")).toBe(draw(small));
  });

  it("has a line for every node", () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        const lines = draw(tree).split("\n");
        const head = tree.nodes.some((node) => node.results) ? 1 : 0;
        expect(lines).toHaveLength(tree.nodes.length + head);
        for (const { node_id } of tree.nodes) {
          expect(lines.filter((line) => line.split(" ").includes(node_id)).length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it.each([
    ["a pipe", undefined],
    ["a terminal", 100],
  ])("prints only ASCII to %s that is not UTF-8 when the texts are ASCII", (_, width) => {
    const theme = createTheme({ level: 0, unicode: false, width });
    fc.assert(
      fc.property(someTree, (tree) => {
        expect(draw(describeAll(tree, "long words ".repeat(30)), theme)).toMatch(/^[\n -~]+$/);
      }),
    );
  });

  it("lets nothing raw through", () => {
    const width = fc.option(fc.constantFrom(20, 40, 80, 160), { nil: undefined });
    fc.assert(
      fc.property(hostileTree, width, fc.boolean(), (tree, cells, unicode) => {
        expect(obeyed(draw(tree, createTheme({ level: 0, unicode, width: cells })))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
