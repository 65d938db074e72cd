import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { renderComparison } from "../../src/render/compare.ts";
import { widthOf } from "../../src/render/width.ts";
import { compareNodes } from "../../src/tree/compare-nodes.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { worktreeFor } from "../../src/tree/worktree.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "../tree/sample-trees.ts";
import { hostileText, hostileTree, obeyed } from "./hostile-text.ts";

const pipe = createTheme({ level: 0, unicode: true });
const compare = (tree: IterationTree, { diff = undefined as string | undefined, theme = pipe } = {}) => {
  const [a, b] = tree.nodes.slice(-2).map((node) => node.node_id) as [string, string];
  return renderComparison({ ...compareNodes(tree, a, b), diff }, theme);
};
const pair = growTree("root=0.5", "a<root=0.8", "b<root=0.9");
const widest = (shown: string) => Math.max(...shown.split("\n").map(widthOf));

describe("renderComparison", () => {
  it("sets two nodes side by side, then every shared objective, the ancestor and the code", () => {
    const tree = amend(pair, "a", { worktree: { ...worktreeFor("a"), commit: "a1b2c3d4".repeat(5) } });
    expect(compare(tree)).toBe(
      [
        "             a               b",
        "status       ● completed     ● completed",
        "value        accuracy=0.8    accuracy=0.9",
        "commit       a1b2c3d         none",
        "command      node train.mjs  node train.mjs",
        "description  try a           try b",
        "",
        "accuracy  0.8 → 0.9  +0.1 (+12.5%)  b is better (maximize)",
        "nearest common ancestor: root",
        "code: not compared, a commit is not recorded or not in this repository",
      ].join("\n"),
    );
  });

  it("says which is better by the direction", () => {
    const results = (value: number) =>
      parseResults({ primary_metric: "loss", primary_value: value, direction: "minimize" });
    const tree = amend(amend(pair, "a", { results: results(0.2) }), "b", { results: results(0.4) });
    expect(compare(tree)).toContain("loss  0.2 → 0.4  +0.2 (+100%)  a is better (minimize)");
  });

  it("leaves the percent out when a is 0", () => {
    expect(compare(growTree("a=0", "b=0.5"))).toContain("0 → 0.5  +0.5  b is better");
  });

  it("calls equal values equal", () => {
    expect(compare(growTree("a=0.5", "b=0.5"))).toMatch(/^accuracy {2}0\.5 → 0\.5 {2}= {2}equal \(maximize\)$/m);
  });

  it("has no percent where nothing changed", () => {
    expect(compare(growTree("a=0.5", "b=0.5"))).not.toContain("%");
  });

  it("shows none, not 0, for a node without results, and says that nothing is shared", () => {
    const shown = compare(growTree("a", "b=0.5"));
    expect(shown).toMatch(/^value +none +accuracy=0\.5$/m);
    expect(shown).toContain("No objective in common.");
  });

  it("says so when there is no common ancestor or the directions differ", () => {
    const other = parseResults({ primary_metric: "accuracy", primary_value: 1, direction: "minimize" });
    const shown = compare(amend(growTree("a=1", "b=1"), "b", { results: other }));
    expect(shown).toContain("nearest common ancestor: none");
    expect(shown).toContain("their directions differ");
  });

  it("shows what git says of the code, or that it is the same", () => {
    expect(compare(pair, { diff: " train.py | 2 +-\n 1 file changed" })).toMatch(
      /\n\n train\.py \| 2 \+-\n 1 file changed$/,
    );
    expect(compare(pair, { diff: "" })).toMatch(/code: the same$/);
  });

  it("prints only ASCII where the terminal is not UTF-8", () => {
    expect(compare(pair, { theme: createTheme({ level: 0, unicode: false, width: 80 }) })).toMatch(/^[\n -~]+$/);
  });

  it.each([80, 160])("is never wider than %d cells with ids of a usual length", (width) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    for (const text of ["x".repeat(300), "学".repeat(200)]) {
      const tree = amend(growTree("iter1_a=0.8", "iter2_b=0.9"), "iter2_b", { description: text, command: text });
      expect(widest(compare(tree, { theme, diff: text }))).toBeLessThanOrEqual(width);
    }
  });

  it.each([
    [20, "iter1_a", "iter2_b"],
    [40, "iter1_a", "iter2_b"],
    [80, "x".repeat(100), "y".repeat(100)],
  ])("is never wider than %d cells with the ids %s and %s", (width, a, b) => {
    const theme = createTheme({ level: 0, unicode: true, width });
    expect(widest(compare(growTree(`${a}=0.8`, `${b}<${a}=0.9`), { theme }))).toBeLessThanOrEqual(width);
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileTree, hostileText, fc.option(fc.constant(80), { nil: undefined }), (tree, diff, width) => {
        expect(obeyed(compare(tree, { diff, theme: createTheme({ level: 0, unicode: true, width }) }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("lets nothing raw through in a commit", () => {
    const hostile = amend(pair, "a", { worktree: { ...worktreeFor("a"), commit: "\u001b[31m\u202e" } });
    expect(obeyed(compare(hostile))).toEqual([]);
  });
});
