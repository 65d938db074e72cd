import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareNodes, type SharedObjective } from "../../src/tree/compare-nodes.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "./sample-trees.ts";

const only = (tree: IterationTree, a = "a", b = "b"): SharedObjective | undefined =>
  compareNodes(tree, a, b).objectives[0];

/** a and b under one metric that is to be minimized. */
const minimized = (a: number, b: number) =>
  Object.entries({ a, b }).reduce(
    (tree, [id, value]) =>
      amend(tree, id, {
        results: parseResults({ primary_metric: "loss", primary_value: value, direction: "minimize" }),
      }),
    growTree("a=1", "b=1"),
  );

describe("compareNodes", () => {
  it("takes the difference from a to b, absolute and in percent of a", () => {
    expect(only(growTree("a=0.8", "b=0.9"))).toEqual({
      metric: "accuracy",
      direction: "maximize",
      isPrimary: true,
      a: 0.8,
      b: 0.9,
      difference: 0.1,
      percent: 12.5,
      better: "b",
    });
  });

  it("calls the lower value better when the direction is minimize", () => {
    expect(only(minimized(0.2, 0.3))?.better).toBe("a");
    expect(only(minimized(0.3, 0.2))?.better).toBe("b");
  });

  it("calls equal values equal, -0 and 0 included", () => {
    expect(only(growTree("a=0.5", "b=0.5"))).toMatchObject({ difference: 0, percent: 0, better: "equal" });
    expect(only(growTree("a=-0", "b=0"))?.better).toBe("equal");
  });

  it("has no percent of 0", () => {
    expect(only(growTree("a=0", "b=0.5"))).toMatchObject({ difference: 0.5, percent: undefined, better: "b" });
    expect(only(growTree("a=-0", "b=0.5"))?.percent).toBeUndefined();
  });

  it("gives percent the sign of the difference when a is negative", () => {
    expect(only(growTree("a=-2", "b=-1"))).toMatchObject({ difference: 1, percent: 50, better: "b" });
  });

  it("has no noise of binary fractions in the difference", () => {
    expect(only(growTree("a=0.1", "b=0.3"))?.difference).toBe(0.2);
  });

  it("has a finite percent for large values", () => {
    expect(only(growTree("a=1e307", "b=2e307"))?.percent).toBeCloseTo(100);
  });

  it("has no percent where it would not be finite", () => {
    expect(only(growTree("a=1e-300", "b=1e300"))?.percent).toBeUndefined();
  });

  it("does not say which is better when the directions differ", () => {
    const tree = amend(minimized(0.2, 0.3), "b", {
      results: parseResults({ primary_metric: "loss", primary_value: 0.3, direction: "maximize" }),
    });
    expect(only(tree)).toMatchObject({ direction: "differs", better: "unknown", difference: 0.1 });
  });

  it("compares every objective that both have, in the order of a, and marks a's primary one", () => {
    const multi = (names: readonly string[], primary_index: number) =>
      parseResults({
        objectives: names.map((metric, value) => ({ metric, value, direction: "maximize" })),
        primary_index,
      });
    const tree = amend(amend(growTree("a=1", "b=1"), "a", { results: multi(["x", "y", "z"], 2) }), "b", {
      results: multi(["z", "x", "w"], 0),
    });
    expect(compareNodes(tree, "a", "b").objectives.map(({ metric, isPrimary }) => [metric, isPrimary])).toEqual([
      ["x", false],
      ["z", true],
    ]);
  });

  it.each([
    ["a", growTree("a", "b=0.5")],
    ["b", growTree("a=0.5", "b")],
    ["both", growTree("a", "b")],
  ])("has no objective to compare when %s lack results, and takes nothing for 0", (_, tree) => {
    expect(compareNodes(tree, "a", "b").objectives).toEqual([]);
  });

  it("has nothing to compare when the metrics differ", () => {
    const tree = amend(growTree("a=0.5", "b=0.5"), "b", {
      results: parseResults({ primary_metric: "f1", primary_value: 0.5, direction: "maximize" }),
    });
    expect(compareNodes(tree, "a", "b").objectives).toEqual([]);
  });

  it("names the nearest common ancestor", () => {
    const tree = growTree("root", "mid<root", "a<mid", "x<mid", "b<x", "c<root");
    expect(compareNodes(tree, "a", "b").ancestor?.node_id).toBe("mid");
    expect(compareNodes(tree, "a", "c").ancestor?.node_id).toBe("root");
  });

  it("takes a node that the other hangs under for the common ancestor", () => {
    const tree = growTree("root", "a<root");
    expect(compareNodes(tree, "root", "a").ancestor?.node_id).toBe("root");
    expect(compareNodes(tree, "a", "root").ancestor?.node_id).toBe("root");
  });

  it("has no common ancestor across roots", () => {
    expect(compareNodes(growTree("a", "b"), "a", "b").ancestor).toBeUndefined();
  });

  it("finds a node equal to itself", () => {
    const { ancestor, objectives } = compareNodes(growTree("a=0.5"), "a", "a");
    expect(ancestor?.node_id).toBe("a");
    expect(objectives[0]?.better).toBe("equal");
  });

  it.each([
    ["a", "nope", "b"],
    ["b", "a", "nope"],
  ])("refuses an unknown id for %s", (_, a, b) => {
    expect(() => compareNodes(growTree("a", "b"), a, b)).toThrow(expect.objectContaining({ exitCode: 3 }));
  });

  it("counts a node under a pruned one as pruned", () => {
    const tree = growTree("root!pruned", "a<root=0.5", "b");
    expect(compareNodes(tree, "a", "b").a.status).toBe("pruned");
  });

  it("turns every verdict round when a and b are swapped", () => {
    const value = fc.integer({ min: -1000, max: 1000 });
    fc.assert(
      fc.property(value, value, fc.boolean(), (x, y, low) => {
        const tree = low ? minimized(x, y) : growTree(`a=${x}`, `b=${y}`);
        const [there, back] = [only(tree, "a", "b"), only(tree, "b", "a")];
        const other = { a: "b", b: "a", equal: "equal", unknown: "unknown" } as const;
        expect(back?.better).toBe(there && other[there.better]);
        expect((back?.difference ?? 1) + (there?.difference ?? 1)).toBe(0);
      }),
    );
  });
});
