import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderBestPath, renderParetoFront } from "../../src/render/best-path.ts";
import { createTheme } from "../../src/render/color-theme.ts";
import { widthOf } from "../../src/render/width.ts";
import { bestPath, paretoFront } from "../../src/tree/best-path.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "../tree/sample-trees.ts";
import { hostileText, hostileTree, obeyed } from "./hostile-text.ts";

const pipe = createTheme({ level: 0, unicode: true });
const widest = (shown: string) => Math.max(...shown.split("\n").map(widthOf));
const two = (a: number, b: number, metric = "accuracy") =>
  parseResults({
    objectives: [
      { metric, value: a, direction: "maximize" },
      { metric: "latency", value: b, direction: "minimize" },
    ],
  });
const front = (tree: IterationTree, theme = pipe) => renderParetoFront(paretoFront(tree), theme);

describe("renderBestPath", () => {
  it("shows a step a line, the best one marked, and an unmeasured step without a value", () => {
    const tree = growTree("root=0.5", "a<root!failed", "b<a=0.75");
    expect(renderBestPath(bestPath(tree), pipe)).toBe(
      [
        "node    accuracy  change  what changed (maximize)",
        "● root       0.5          try root",
        "✗ a                       try a",
        "★ b         0.75   +0.25  try b",
      ].join("\n"),
    );
  });

  it("shows a step that got worse with its sign, and one without change", () => {
    const shown = renderBestPath(bestPath(growTree("root=0.5", "a<root=0.4", "b<a=0.4", "c<b=0.9")), pipe);
    expect(shown).toBe(
      [
        "node    accuracy  change  what changed (maximize)",
        "● root       0.5          try root",
        "● a          0.4    -0.1  try a",
        "● b          0.4       =  try b",
        "★ c          0.9    +0.5  try c",
      ].join("\n"),
    );
  });

  it("paints a fall green when the direction is minimize", () => {
    const theme = createTheme({ level: 1, unicode: true });
    const minimized = ["root", "a"].reduce(
      (tree, id, i) =>
        amend(tree, id, {
          results: parseResults({ primary_metric: "loss", primary_value: 0.5 - i / 4, direction: "minimize" }),
        }),
      growTree("root=1", "a<root=1"),
    );
    expect(renderBestPath(bestPath(minimized), theme)).toContain(theme.good(" -0.25"));
  });

  it("prints only ASCII where the terminal is not UTF-8", () => {
    const theme = createTheme({ level: 0, unicode: false, width: 50 });
    const tree = amend(growTree("root=0.5", "a<root=0.9"), "a", { description: "long words ".repeat(20) });
    expect(renderBestPath(bestPath(tree), theme)).toMatch(/^[\n -~]+$/);
  });

  it.each([80, 160])("is never wider than %d cells", (width) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    for (const description of ["x".repeat(300), "学".repeat(200), "🚀".repeat(100)]) {
      const tree = amend(growTree("iter1_baseline=0.5", "iter2_lr<iter1_baseline=0.9"), "iter2_lr", { description });
      expect(widest(renderBestPath(bestPath(tree), theme))).toBeLessThanOrEqual(width);
    }
  });

  it.each([
    [20, "iter1_baseline"],
    [40, "iter1_baseline"],
    [80, "x".repeat(100)],
  ])("is never wider than %d cells with the id %s", (width, id) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    expect(widest(renderBestPath(bestPath(growTree(`${id}=0.5`)), theme))).toBeLessThanOrEqual(width);
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileTree, fc.option(fc.constantFrom(20, 40, 80), { nil: undefined }), (tree, width) => {
        const theme = createTheme({ level: 0, unicode: true, width });
        expect(obeyed(renderBestPath(bestPath(tree), theme))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("renderParetoFront", () => {
  const tree = amend(amend(growTree("a=0", "b=0"), "a", { results: two(0.9, 12) }), "b", { results: two(0.8, 3) });

  it("shows a node a line with the value of every objective", () => {
    expect(front(tree)).toBe(
      [
        "node  accuracy (maximize)  latency (minimize)  description",
        "a                     0.9                  12  try a",
        "b                     0.8                   3  try b",
      ].join("\n"),
    );
  });

  it("says so when no completed node has all objectives", () => {
    expect(front(amend(amend(tree, "a", { status: "failed" }), "b", { status: "failed" }))).toBe(
      "No completed node has all of the objectives.",
    );
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileText.filter(Boolean), hostileText, (metric, description) => {
        const hostile = amend(growTree("a=0"), "a", { results: two(1, 2, metric), description });
        expect(obeyed(front(hostile))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
