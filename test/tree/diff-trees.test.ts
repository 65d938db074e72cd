import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffTrees, sameValue, type TreeDifference } from "../../src/tree/diff-trees.ts";
import { emptyTree, type IterationNode, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, someTree } from "./sample-trees.ts";

/** What a reader of the differences would do to get from the earlier tree to the later one. */
function apply(tree: IterationTree, differences: readonly TreeDifference[]): ReadonlyMap<string, IterationNode> {
  const nodes = new Map(tree.nodes.map((node) => [node.node_id, node]));
  for (const difference of differences) {
    if (difference.kind === "remove") nodes.delete(difference.id);
    else if (difference.kind === "add") nodes.set(difference.node.node_id, difference.node);
    else {
      const changed = { ...nodes.get(difference.id), [difference.key]: difference.to };
      nodes.set(difference.id, changed as IterationNode);
    }
  }
  return nodes;
}

describe("diffTrees", () => {
  it("finds nothing between a tree and itself or its copy", () => {
    const tree = growTree("root=0.8", "a<root!failed");
    expect(diffTrees(tree, tree)).toEqual([]);
    expect(diffTrees(tree, structuredClone(tree))).toEqual([]);
    expect(diffTrees(emptyTree, emptyTree)).toEqual([]);
  });

  it("tells a changed field with what it was and is", () => {
    const tree = growTree("a", "b");
    expect(diffTrees(tree, amend(tree, "b", { description: "other" }))).toEqual([
      { kind: "change", id: "b", key: "description", from: "try b", to: "other" },
    ]);
  });

  it("tells removals first, then the rest in the order of the later tree", () => {
    const before = growTree("gone", "a", "b");
    const after = amend(growTree("b", "new", "a"), "a", { command: "other" });
    expect(diffTrees(before, after).map(({ kind }) => kind)).toEqual(["remove", "add", "change"]);
  });

  it("matches nodes by id, so that another order is no difference", () => {
    const tree = growTree("a=0.1", "b=0.2", "c");
    expect(diffTrees(tree, { ...tree, nodes: tree.nodes.toReversed() })).toEqual([]);
  });

  it("takes an undefined key for an absent one", () => {
    const tree = growTree("a");
    expect(diffTrees(tree, amend(tree, "a", { notes: undefined, extra: undefined }))).toEqual([]);
  });

  it("tells a key that went and one that came", () => {
    const before = amend(growTree("a"), "a", { reason: "noise" });
    const after = amend(growTree("a"), "a", { tags: ["x"] });
    expect(diffTrees(before, after)).toEqual([
      { kind: "change", id: "a", key: "reason", from: "noise", to: undefined },
      { kind: "change", id: "a", key: "tags", from: undefined, to: ["x"] },
    ]);
  });

  it("tells nothing as the former value of a new key that every object inherits", () => {
    const tree = growTree("a");
    expect(diffTrees(tree, amend(tree, "a", { constructor: 1 as never }))).toEqual([
      { kind: "change", id: "a", key: "constructor", from: undefined, to: 1 },
    ]);
  });

  it("tells everything that leads from one tree to the other", () => {
    fc.assert(
      fc.property(someTree, someTree, (before, after) => {
        const applied = apply(before, diffTrees(before, after));
        expect(applied).toEqual(new Map(after.nodes.map((node) => [node.node_id, node])));
      }),
    );
  });
});

describe("sameValue", () => {
  it.each([
    [0.1 + 0.2, 0.30000000000000004],
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: { c: [1, 2] } },
      { b: { c: [1, 2] }, a: 1 },
    ],
    [{ a: undefined }, {}],
    [new Set(["b", "a"]), new Set(["a", "b"])],
    [null, null],
  ])("takes %j and %j for the same", (a, b) => {
    expect(sameValue(a, b)).toBe(true);
  });

  it.each([
    [0, -0],
    [1, "1"],
    [null, undefined],
    [null, {}],
    [[], {}],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, undefined]],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
    [new Set(["a"]), new Set(["b"])],
    [{ constructor: 1 }, {}],
    [JSON.parse('{"__proto__":1}'), {}],
  ])("takes %j and %j for different", (a, b) => {
    expect(sameValue(a, b)).toBe(false);
    expect(sameValue(b, a)).toBe(false);
  });

  it("takes any plain data for the same as its copy, but not with one more element", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(sameValue(value, structuredClone(value))).toBe(true);
        expect(sameValue([value], [value, value])).toBe(false);
      }),
    );
  });
});
