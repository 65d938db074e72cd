import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findChildrenOutOfStep, findGraphProblems } from "../../src/tree/check-tree.ts";
import { emptyTree } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, outOfStep, someTree } from "./sample-trees.ts";

const messages = (...words: readonly string[]) => findGraphProblems(growTree(...words)).map(({ message }) => message);

describe("findGraphProblems", () => {
  it("finds nothing wrong with an empty tree, a forest, or children that stand before their parents", () => {
    expect(findGraphProblems(emptyTree)).toEqual([]);
    expect(messages("a", "b", "c<b")).toEqual([]);
    expect(messages("c<b", "b<a", "a")).toEqual([]);
  });

  it("finds nothing wrong with any grown tree", () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        expect(findGraphProblems(tree)).toEqual([]);
      }),
    );
  });

  it("points at the second of two equal ids", () => {
    expect(findGraphProblems(growTree("a", "b", "a"))).toEqual([
      { path: ["nodes", 2, "node_id"], message: "duplicate id 'a' (ids are unique ignoring case)" },
    ]);
  });

  it("takes ids that differ in case only for duplicates", () => {
    expect(messages("iter1_LR", "iter1_lr")).toEqual(["duplicate id 'iter1_lr' (ids are unique ignoring case)"]);
  });

  it("points at an unknown parent and names the nearest id", () => {
    expect(findGraphProblems(growTree("baseline", "a<baselin"))).toEqual([
      {
        path: ["nodes", 1, "parent_id"],
        message: "unknown parent 'baselin' of 'a'; did you mean 'baseline'?",
      },
    ]);
  });

  it("suggests nothing when no id is near", () => {
    expect(messages("baseline", "a<completely_else")).toEqual(["unknown parent 'completely_else' of 'a'"]);
  });

  it("takes a parent in another case for unknown", () => {
    expect(messages("Root", "a<root")).toEqual(["unknown parent 'root' of 'a'; did you mean 'Root'?"]);
  });

  it("finds a node that is its own parent", () => {
    expect(messages("ok", "a<a")).toEqual(["cycle of parents: a -> a"]);
  });

  it("finds a longer cycle once, and shows the way round", () => {
    expect(messages("a<c", "b<a", "c<b")).toEqual(["cycle of parents: a -> c -> b -> a"]);
  });

  it("shows only the cycle when a node hangs off it", () => {
    expect(messages("tail<a", "a<b", "b<a")).toEqual(["cycle of parents: a -> b -> a"]);
  });

  it("points at the node whose parent closes a cycle", () => {
    expect(findGraphProblems(growTree("ok", "a<b", "b<a"))).toEqual([
      { path: ["nodes", 1, "parent_id"], message: "cycle of parents: a -> b -> a" },
    ]);
  });

  it("looks for a near id ten times at the most", () => {
    const orphans = Array.from({ length: 12 }, (_, i) => `n${i}<baselin${"abcdfghijklm"[i]}`);
    const suggested = messages("baseline", ...orphans).map((message) => message.includes("did you mean 'baseline'?"));
    expect(suggested).toEqual(orphans.map((_, i) => i < 10));
  });

  it("finds each of several cycles", () => {
    expect(messages("a<b", "b<a", "c<d", "d<c")).toHaveLength(2);
  });

  it("tells all problems at once", () => {
    expect(messages("a", "A", "b<nowhere_at_all", "c<c")).toHaveLength(3);
  });

  it("checks 10,000 nodes of a chain, whichever end comes first", () => {
    const chain = chainOf(10_000);
    expect(findGraphProblems(chain)).toEqual([]);
    expect(findGraphProblems({ ...chain, nodes: chain.nodes.toReversed() })).toEqual([]);
  });

  it("checks 3,000 orphans of one missing parent in seconds", { timeout: 5_000 }, () => {
    const chain = chainOf(3_000);
    const orphans = chain.nodes.map((node) => ({
      ...node,
      node_id: `iter_${node.node_id}_x`,
      parent_id: "a_lost_root",
    }));
    expect(findGraphProblems({ ...chain, nodes: orphans })).toHaveLength(3_000);
  });
});

describe("findChildrenOutOfStep", () => {
  it("finds nothing in a grown tree", () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        expect(findChildrenOutOfStep(tree)).toEqual([]);
      }),
    );
  });

  it("accepts children in another order", () => {
    const tree = amend(growTree("root", "a<root", "b<root"), "root", { children: ["b", "a"] });
    expect(findChildrenOutOfStep(tree)).toEqual([]);
  });

  it.each([
    ["lacks a child", []],
    ["names a node that is not there", ["a", "gone"]],
    ["names a node with another parent", ["a", "c"]],
    ["names a child in another case", ["A"]],
  ])("finds a node that %s", (_, children) => {
    const tree = amend(growTree("root", "a<root", "b", "c<b"), "root", { children });
    expect(findChildrenOutOfStep(tree)).toEqual(["root"]);
  });

  it("finds exactly the nodes that disagree with parent_id", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), fc.subarray(["n0", "n1", "n2", "n3"]), (tree, at, children) => {
        const id = `n${at % tree.nodes.length}`;
        const edited = amend(tree, id, { children });
        expect(findChildrenOutOfStep(edited)).toEqual(outOfStep(edited));
      }),
    );
  });
});
