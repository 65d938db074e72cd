import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findNode, requireNode } from "../../src/tree/find-node.ts";
import { emptyTree, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { changeBetween, findContradiction, findTreeObjective, isBetter, valueUnder } from "../../src/tree/objective.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "./sample-trees.ts";

const single = (metric: string, direction = "maximize", value = 1) =>
  parseResults({ primary_metric: metric, primary_value: value, direction });
const multi = parseResults({
  objectives: [
    { metric: "accuracy", value: 0.9, direction: "maximize" },
    { metric: "latency", value: 12, direction: "minimize" },
  ],
  primary_index: 1,
});

describe("findTreeObjective", () => {
  it("is the one that the file declares", () => {
    const tree: IterationTree = { ...growTree("a=0.5"), objective: { metric: "loss", direction: "minimize" } };
    expect(findTreeObjective(tree)).toEqual({ metric: "loss", direction: "minimize", isWritten: true });
  });

  it("is the first root's primary metric otherwise", () => {
    const tree = amend(growTree("a=0.5", "b=0.6"), "a", { results: multi });
    expect(findTreeObjective(tree)).toEqual({ metric: "latency", direction: "minimize", isWritten: false });
  });

  it("is the first measured root's, even when a child stands before it", () => {
    const tree = amend(growTree("child<b=1", "a", "b=1"), "child", { results: single("f1") });
    expect(findTreeObjective(tree)?.metric).toBe("accuracy");
  });

  it("is the first measured node's in tree order when no root is measured", () => {
    const tree = amend(growTree("late<b=1", "a", "early<a=1", "b"), "early", { results: single("f1") });
    expect(findTreeObjective(tree)?.metric).toBe("f1");
  });

  it("is unknown when nothing is measured", () => {
    expect(findTreeObjective(emptyTree)).toBeUndefined();
    expect(findTreeObjective(growTree("a", "b<a!completed"))).toBeUndefined();
  });
});

describe("valueUnder", () => {
  const tree = amend(growTree("a=0.5", "none", "many=1"), "many", { results: multi });
  const value = (id: string, metric: string, direction: "maximize" | "minimize") =>
    valueUnder(requireNode(tree, id), { metric, direction });

  it("is the value of that metric, primary or not", () => {
    expect(value("a", "accuracy", "maximize")).toBe(0.5);
    expect(value("many", "accuracy", "maximize")).toBe(0.9);
  });

  it("is undefined, never 0, without results, with another metric or another direction", () => {
    expect(value("none", "accuracy", "maximize")).toBeUndefined();
    expect(value("a", "latency", "minimize")).toBeUndefined();
    expect(value("a", "accuracy", "minimize")).toBeUndefined();
  });

  it("is 0 when 0 was measured", () => {
    expect(valueUnder(requireNode(growTree("a=0"), "a"), { metric: "accuracy", direction: "maximize" })).toBe(0);
  });

  it("does not find what is measured but no objective", () => {
    const results = parseResults({ ...single("accuracy"), metrics: { memory: 3 } });
    const node = findNode(amend(growTree("a=1"), "a", { results }), "a");
    expect(node && valueUnder(node, { metric: "memory", direction: "maximize" })).toBeUndefined();
  });
});

describe("changeBetween", () => {
  it.each([
    [0.1, 0.3, 0.2],
    [0.3, 0.1, -0.2],
    [0.7, 0.7, 0],
    [-0, 0, 0],
    [1e-9, 3e-9, 2e-9],
    [1_000_000, 1_000_000.5, 0.5],
  ])("from %d to %d is %d", (before, after, change) => {
    expect(changeBetween(before, after)).toBe(change);
  });

  it("has the sign of the difference and is near to it", () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(value, value, (before, after) => {
        const change = changeBetween(before, after);
        expect(Math.sign(change) + 0).toBe(Math.sign(after - before) + 0);
        expect(Math.abs(change - (after - before))).toBeLessThanOrEqual(Math.abs(after - before) * 1e-11);
      }),
    );
  });
});

describe("isBetter", () => {
  it("takes the higher value when maximizing and the lower one when minimizing", () => {
    expect(isBetter(2, 1, { direction: "maximize" })).toBe(true);
    expect(isBetter(1, 2, { direction: "maximize" })).toBe(false);
    expect(isBetter(1, 2, { direction: "minimize" })).toBe(true);
    expect(isBetter(2, 1, { direction: "minimize" })).toBe(false);
  });

  it("takes neither of equals, nor of 0 and -0", () => {
    for (const direction of ["maximize", "minimize"] as const) {
      expect(isBetter(1, 1, { direction })).toBe(false);
      expect(isBetter(0, -0, { direction }) || isBetter(-0, 0, { direction })).toBe(false);
    }
  });
});

describe("findContradiction", () => {
  const accuracy = { metric: "accuracy", direction: "maximize" } as const;

  it("finds none when metric and direction agree", () => {
    expect(findContradiction(single("accuracy"), accuracy)).toBeUndefined();
    expect(findContradiction(multi, accuracy)).toBeUndefined();
  });

  it("finds the other direction", () => {
    expect(findContradiction(single("accuracy", "minimize"), accuracy)).toBe(
      "'accuracy' is to maximize in this tree, received minimize",
    );
  });

  it("finds another metric", () => {
    expect(findContradiction(single("f1"), accuracy)).toBe(
      "the tree's objective is 'accuracy' (maximize), received 'f1'",
    );
  });

  it("lets several objectives leave the tree's one out", () => {
    expect(findContradiction(multi, { metric: "f1", direction: "maximize" })).toBeUndefined();
  });
});
