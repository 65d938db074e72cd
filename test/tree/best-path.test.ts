import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bestPath, findBest, paretoFront } from "../../src/tree/best-path.ts";
import { emptyTree, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { indexTree, prunedIds } from "../../src/tree/lineage.ts";
import { valueUnder } from "../../src/tree/objective.ts";
import type { Direction } from "../../src/tree/results.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, someTree } from "./sample-trees.ts";

const accuracy = { metric: "accuracy", direction: "maximize" } as const;
const ids = (tree: IterationTree, metric?: string) => bestPath(tree, metric).steps.map(({ node }) => node.node_id);

/** A tree under `loss`, to be minimized. */
function lossTree(losses: Readonly<Record<string, number>>): IterationTree {
  const tree = growTree(...Object.keys(losses));
  return Object.entries(losses).reduce(
    (grown, [id, value]) =>
      amend(grown, id, {
        status: "completed",
        results: parseResults({ primary_metric: "loss", primary_value: value, direction: "minimize" }),
      }),
    tree,
  );
}

describe("bestPath", () => {
  it("leads from the root to the best node, with the change at each step", () => {
    const { objective, steps } = bestPath(growTree("root=0.8", "a<root=0.9", "b<a=0.85", "c<a=0.95"));
    expect(objective).toEqual(accuracy);
    expect(steps.map(({ node, value, change }) => [node.node_id, value, change])).toEqual([
      ["root", 0.8, undefined],
      ["a", 0.9, 0.1],
      ["c", 0.95, 0.05],
    ]);
  });

  it("passes over worse nodes on the way to a better one", () => {
    expect(ids(growTree("root=0.8", "a<root=0.1", "b<a=0.9"))).toEqual(["root", "a", "b"]);
  });

  it("is the root alone when nothing is better", () => {
    expect(ids(growTree("root=0.8", "a<root=0.7"))).toEqual(["root"]);
  });

  it("takes the lowest value when the direction is minimize", () => {
    expect(ids(lossTree({ a: 0.3, b: 0.1, c: 0.2 }))).toEqual(["b"]);
  });

  it("measures a change against the nearest measured node before it", () => {
    const { steps } = bestPath(growTree("root=0.5", "a<root", "b<a=0.75"));
    expect(steps[1]).toMatchObject({ value: undefined, change: undefined });
    expect(steps[2]).toMatchObject({ value: 0.75, change: 0.25 });
  });

  it("never takes a missing value for 0, neither as the best nor as a step", () => {
    expect(ids(growTree("root=-3", "a<root=-2", "b<root!completed"))).toEqual(["root", "a"]);
    const low = amend(lossTree({ a: 5, b: 4 }), "a", { results: null });
    expect(ids(low)).toEqual(["b"]);
  });

  it("takes the first in tree order of equals, not the first in the file", () => {
    const tree = growTree("late<b=0.9", "a", "early<a=0.9", "b");
    expect(ids(tree)).toEqual(["a", "early"]);
  });

  it("does not take 0 for better than -0", () => {
    expect(ids(growTree("a=-0", "b=0"))).toEqual(["a"]);
  });

  it.each(["pending", "running", "waiting", "failed", "pruned"] as const)("leaves out a node that is %s", (status) => {
    expect(ids(growTree("root=0.8", `a<root=0.9!${status}`))).toEqual(["root"]);
  });

  it("leaves out a node under a pruned one", () => {
    expect(ids(growTree("root=0.8", "a<root=0.85!pruned", "b<a", "c<b=0.99"))).toEqual(["root"]);
  });

  it("leads through a failed node to a completed one", () => {
    expect(ids(growTree("root=0.8", "a<root!failed", "b<a=0.9"))).toEqual(["root", "a", "b"]);
  });

  it("finds the best node under any root", () => {
    expect(ids(growTree("one=0.8", "two=0.1", "a<two=0.9"))).toEqual(["two", "a"]);
  });

  it("leaves out a node that has the metric with the other direction", () => {
    const tree = amend(growTree("root=0.8", "a<root=0.9"), "a", {
      results: parseResults({ primary_metric: "accuracy", primary_value: 0.99, direction: "minimize" }),
    });
    expect(ids(tree)).toEqual(["root"]);
  });

  it("leaves out a node that was measured by another metric", () => {
    const tree = amend(growTree("root=0.8", "a<root=0.9"), "a", {
      results: parseResults({ primary_metric: "f1", primary_value: 0.99, direction: "maximize" }),
    });
    expect(ids(tree)).toEqual(["root"]);
  });

  it("follows the objective that the file declares rather than the root's", () => {
    const multi = parseResults({
      objectives: [
        { metric: "accuracy", value: 0.5, direction: "maximize" },
        { metric: "latency", value: 10, direction: "minimize" },
      ],
    });
    const tree = amend(growTree("root=0.8", "a<root=0.1"), "a", { results: multi });
    const declared = { ...tree, objective: { metric: "latency", direction: "minimize" } as const };
    expect(bestPath(declared)).toMatchObject({ objective: { metric: "latency", direction: "minimize" } });
    expect(ids(declared)).toEqual(["root", "a"]);
    expect(ids(declared, "accuracy")).toEqual(["root"]);
  });

  it("finds the best by another metric when asked, in its own direction", () => {
    const results = (value: number) =>
      parseResults({
        objectives: [
          { metric: "accuracy", value, direction: "maximize" },
          { metric: "latency", value: value * 100, direction: "minimize" },
        ],
      });
    const tree = amend(amend(growTree("a=1", "b=1"), "a", { results: results(0.9) }), "b", { results: results(0.8) });
    expect(ids(tree)).toEqual(["a"]);
    expect(bestPath(tree, "latency").objective).toEqual({ metric: "latency", direction: "minimize" });
    expect(ids(tree, "latency")).toEqual(["b"]);
  });

  it("walks 10,000 nodes of a chain", () => {
    const tree = amend(chainOf(10_000), "n9999", {
      results: parseResults({ primary_metric: "accuracy", primary_value: 0.6, direction: "maximize" }),
    });
    expect(bestPath(tree).steps).toHaveLength(10_000);
  });

  it.each([
    ["the tree is empty", emptyTree],
    ["nothing has results", growTree("a", "b<a!failed")],
  ])("says how to record results when %s", (_, tree) => {
    expect(() => bestPath(tree)).toThrow(
      expect.objectContaining({ exitCode: 3, hint: expect.stringContaining("update --id ID --results R") }),
    );
  });

  it("names the recorded metrics when the one asked for is unknown", () => {
    expect(() => bestPath(growTree("a=0.5"), "acuracy")).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Recorded metrics: accuracy" }),
    );
  });

  it("says so when no node with a result is completed", () => {
    expect(() => bestPath(growTree("a=0.5!running"))).toThrow(/No completed node .* 'accuracy' \(maximize\)/);
  });
});

describe("findBest", () => {
  it("finds none in an empty tree", () => {
    expect(findBest(emptyTree, accuracy)).toBeUndefined();
  });

  it("finds a node that no other candidate is better than", () => {
    fc.assert(
      fc.property(someTree, fc.constantFrom<Direction>("maximize", "minimize"), (grown, direction) => {
        const tree = {
          ...grown,
          nodes: grown.nodes.map((node) =>
            node.results ? { ...node, results: { ...node.results, direction } } : node,
          ),
        } as IterationTree;
        const objective = { metric: "accuracy", direction };
        const pruned = prunedIds(indexTree(tree));
        const values = tree.nodes
          .filter((node) => node.status === "completed" && node.results && !pruned.has(node.node_id))
          .map((node) => valueUnder(node, objective) as number);
        const best = findBest(tree, objective);
        const expected = direction === "maximize" ? Math.max(...values) : Math.min(...values);
        expect(best && valueUnder(best, objective)).toBe(values.length === 0 ? undefined : expected);
      }),
    );
  });
});

describe("paretoFront", () => {
  const two = (a: number, b: number) =>
    parseResults({
      objectives: [
        { metric: "accuracy", value: a, direction: "maximize" },
        { metric: "latency", value: b, direction: "minimize" },
      ],
    });
  const forest = (points: readonly (readonly [number, number])[]) =>
    points.reduce(
      (tree, [a, b], i) => amend(tree, `n${i}`, { results: two(a, b) }),
      growTree(...points.map((_, i) => `n${i}=0`)),
    );
  const front = (tree: IterationTree) => paretoFront(tree).front.map(({ node }) => node.node_id);

  it("keeps the nodes that no other one beats in everything, each by its own direction", () => {
    expect(
      front(
        forest([
          [0.9, 10],
          [0.8, 5],
          [0.8, 6],
          [0.7, 20],
        ]),
      ),
    ).toEqual(["n0", "n1"]);
  });

  it("gives the values in the order of the objectives", () => {
    const { objectives, front: points } = paretoFront(forest([[0.9, 10]]));
    expect(objectives.map(({ metric }) => metric)).toEqual(["accuracy", "latency"]);
    expect(points[0]?.values).toEqual([0.9, 10]);
  });

  it("keeps both of two equal nodes", () => {
    expect(
      front(
        forest([
          [0.9, 10],
          [0.9, 10],
        ]),
      ),
    ).toEqual(["n0", "n1"]);
  });

  it("leaves out a node that lacks one of the objectives, instead of counting it as 0", () => {
    const tree = forest([
      [0.9, 10],
      [0.5, 99],
    ]);
    const half = parseResults({ primary_metric: "accuracy", primary_value: 0.99, direction: "maximize" });
    expect(front(amend(tree, "n1", { results: half }))).toEqual(["n0"]);
  });

  it("leaves out pruned nodes, those under them, and those that are not completed", () => {
    const points = forest([
      [0.1, 99],
      [0.9, 1],
      [0.9, 1],
      [0.9, 1],
    ]);
    const tree = amend(amend(amend(points, "n1", { status: "pruned" }), "n2", { parent_id: "n1" }), "n3", {
      status: "failed",
    });
    expect(front(tree)).toEqual(["n0"]);
  });

  it("refuses a tree in which no node has several objectives", () => {
    expect(() => paretoFront(growTree("a=0.5"))).toThrow(expect.objectContaining({ exitCode: 3 }));
    expect(() => paretoFront(emptyTree)).toThrow(expect.objectContaining({ exitCode: 3 }));
  });

  it("has no member that dominates another, and every other node is dominated by a member", () => {
    const small = fc.integer({ min: 0, max: 4 });
    const dominates = (p: readonly number[], q: readonly number[]) =>
      (p[0] as number) >= (q[0] as number) && (p[1] as number) <= (q[1] as number) && (p[0] !== q[0] || p[1] !== q[1]);
    fc.assert(
      fc.property(fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 12 }), (points) => {
        const members = paretoFront(forest(points)).front;
        const inside = new Set(members.map(({ node }) => node.node_id));
        for (const { values } of members) {
          expect(members.some((other) => dominates(other.values, values))).toBe(false);
        }
        for (const [i, point] of points.entries()) {
          if (!inside.has(`n${i}`)) expect(members.some(({ values }) => dominates(values, point))).toBe(true);
        }
        expect(members.length).toBeGreaterThan(0);
      }),
    );
  });
});
