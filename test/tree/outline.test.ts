import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyTree } from "../../src/tree/iteration-tree.ts";
import { type OutlineItem, type OutlineRequest, outlineTree } from "../../src/tree/outline.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, someTree } from "./sample-trees.ts";

const all = (words: readonly string[], request: OutlineRequest = {}) => outlineTree(growTree(...words), request).items;
const ids = (items: readonly OutlineItem[]) => items.map(({ node }) => node.node_id);

describe("outlineTree", () => {
  it("has each node behind its parent and one level deeper, siblings in file order", () => {
    const { items } = outlineTree(growTree("c<a", "a", "b", "d<c", "e<a"), {});
    expect(items.map(({ node, depth, isLast }) => [node.node_id, depth, isLast])).toEqual([
      ["a", 0, false],
      ["c", 1, false],
      ["d", 2, true],
      ["e", 1, true],
      ["b", 0, true],
    ]);
  });

  it("knows which siblings stand before the one on the best path", () => {
    const items = all(["root", "a<root=0.1", "b<root=0.9", "c<root=0.2"]);
    expect(ids(items.filter(({ isBeforeBest }) => isBeforeBest))).toEqual(["a"]);
  });

  it("of an empty tree has no items and no objective", () => {
    expect(outlineTree(emptyTree, {})).toEqual({ objective: undefined, items: [] });
  });

  it("names the objective without saying where it comes from", () => {
    expect(outlineTree(growTree("a=0.5"), {}).objective).toEqual({ metric: "accuracy", direction: "maximize" });
  });

  it("gives each node its value and the change against the nearest measured node above", () => {
    const items = all(["root=0.5", "a<root", "b<a=0.75", "c<b=0.5"]);
    expect(items.map(({ value, change }) => [value, change])).toEqual([
      [0.5, undefined],
      [undefined, undefined],
      [0.75, 0.25],
      [0.5, -0.25],
    ]);
  });

  it("never compares with 0 where nothing above was measured", () => {
    expect(all(["root", "a<root=0.9"])[1]?.change).toBeUndefined();
  });

  it("has no value for a node that has the metric with another direction", () => {
    const results = parseResults({ primary_metric: "accuracy", primary_value: 1, direction: "minimize" });
    const { items } = outlineTree(amend(growTree("root=0.5", "a<root=1"), "a", { results }), {});
    expect(items[1]).toMatchObject({ value: undefined, change: undefined });
  });

  it("marks the best node and the way to it", () => {
    const items = all(["root=0.5", "a<root=0.4", "b<a=0.9", "c<root=0.8"]);
    expect(ids(items.filter(({ isBest }) => isBest))).toEqual(["b"]);
    expect(ids(items.filter(({ isOnBestPath }) => isOnBestPath))).toEqual(["root", "a", "b"]);
  });

  it("marks nothing as best when nothing is completed", () => {
    const items = all(["root", "a<root=0.9!failed"]);
    expect(items.some(({ isBest, isOnBestPath }) => isBest || isOnBestPath)).toBe(false);
  });

  it("shows a node under a pruned one as pruned and leaves the stored node as it is", () => {
    const items = all(["root!pruned", "a<root=0.9"]);
    expect(items.map(({ status }) => status)).toEqual(["pruned", "pruned"]);
    expect(items[1]?.node.status).toBe("completed");
    expect(items.some(({ isBest }) => isBest)).toBe(false);
  });

  it("counts what depth leaves out", () => {
    const words = ["root", "a<root", "b<root", "c<b", "d<b", "e<b"];
    const items = all(words, { depth: 1 });
    expect(ids(items)).toEqual(["root", "a", "b"]);
    expect(items.map(({ hidden }) => hidden)).toEqual([0, 0, 3]);
    expect(all(words, { depth: 2 })).toHaveLength(6);
  });

  it("shows only the roots at depth 0", () => {
    expect(all(["root", "a<root", "other"], { depth: 0 }).map(({ node, hidden }) => [node.node_id, hidden])).toEqual([
      ["root", 1],
      ["other", 0],
    ]);
  });

  it("counts all nodes below that depth leaves out", () => {
    expect(all(["root", "a<root", "b<a", "c<b"], { depth: 0 })[0]?.hidden).toBe(3);
  });

  it("starts at a node, still with its change, its pruned status and the best path", () => {
    const items = all(["root=0.5", "a<root=0.75", "b<a=0.8", "c<root"], { under: "a" });
    expect(ids(items)).toEqual(["a", "b"]);
    expect(items[0]).toMatchObject({ change: 0.25, isOnBestPath: true });
    expect(all(["root!pruned", "a<root"], { under: "a" })[0]?.status).toBe("pruned");
  });

  it("refuses to start at an unknown node", () => {
    expect(() => outlineTree(growTree("baseline"), { under: "baselin" })).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'baseline'?" }),
    );
  });

  it("goes down 10,000 nodes of a chain", () => {
    expect(outlineTree(chainOf(10_000), {}).items.at(-1)?.depth).toBe(9_999);
  });

  it("has every node once, at most one of them best, and the best path without a gap", () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        const { items } = outlineTree(tree, {});
        const every = items;
        expect(ids(every).toSorted()).toEqual(tree.nodes.map((node) => node.node_id).toSorted());
        expect(every.filter(({ isBest }) => isBest).length).toBeLessThanOrEqual(1);
        for (const item of every) {
          const children = every.filter(({ node }) => node.parent_id === item.node.node_id);
          const onward = children.filter(({ isOnBestPath }) => isOnBestPath).length;
          expect(onward).toBe(item.isOnBestPath && !item.isBest ? 1 : 0);
        }
      }),
    );
  });
});
