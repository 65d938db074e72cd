import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/tree/add-node.ts";
import { deleteNode, nodesToDelete } from "../../src/tree/delete-node.ts";
import { findNode } from "../../src/tree/find-node.ts";
import { emptyTree, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, outOfStep, someTree } from "./sample-trees.ts";

const ids = (tree: IterationTree) => tree.nodes.map((node) => node.node_id);

describe("deleteNode", () => {
  it("removes a leaf and its name from the parent's children", () => {
    const tree = growTree("root", "a<root", "b<root");
    const { tree: left, node } = deleteNode(tree, { id: "a" });
    expect(ids(left)).toEqual(["root", "b"]);
    expect(findNode(left, "root")?.children).toEqual(["b"]);
    expect(node).toBe(findNode(tree, "a"));
  });

  it("leaves an empty tree when the only node goes", () => {
    expect(deleteNode(growTree("a"), { id: "a" }).tree.nodes).toEqual([]);
  });

  it("leaves everything but the parent the same objects", () => {
    const tree = growTree("root", "a<root", "b<root", "other");
    const { tree: left } = deleteNode(tree, { id: "a" });
    expect(findNode(left, "b")).toBe(findNode(tree, "b"));
    expect(findNode(left, "other")).toBe(findNode(tree, "other"));
  });

  it("removes all under the node when recursive, and nothing beside it", () => {
    const tree = growTree("root", "a<root", "b<a", "c<b", "d<root", "other");
    expect(ids(deleteNode(tree, { id: "a", recursive: true }).tree)).toEqual(["root", "d", "other"]);
  });

  it("refuses a node with some under it, names three and counts the rest", () => {
    const tree = growTree("root", "a<root", "b<a", "c<root", "d<root", "e<d");
    expect(() => deleteNode(tree, { id: "root" })).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: "'root' has nodes under it: a, b, c, and 2 more",
        hint: expect.stringContaining("--recursive"),
      }),
    );
  });

  it("goes by parent_id, not by what children says", () => {
    const tree = amend(growTree("root", "a<root"), "root", { children: [] });
    expect(() => deleteNode(tree, { id: "root" })).toThrow(/nodes under it: a$/);
    expect(ids(deleteNode(amend(growTree("root", "a"), "root", { children: ["a"] }), { id: "root" }).tree)).toEqual([
      "a",
    ]);
  });

  it("refuses an unknown id, and one in another case", () => {
    expect(() => deleteNode(growTree("a"), { id: "A" })).toThrow(expect.objectContaining({ exitCode: 3 }));
    expect(() => deleteNode(emptyTree, { id: "a" })).toThrow(expect.objectContaining({ exitCode: 3 }));
  });

  it("removes 10,000 nodes of a chain", () => {
    expect(ids(deleteNode(chainOf(10_000), { id: "n1", recursive: true }).tree)).toEqual(["n0"]);
  });

  it("takes back what add did", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const parent = tree.nodes[at % (tree.nodes.length + 1)]?.node_id;
        const request = { id: "new", parent, description: "d", command: "c", now: "2026-01-02T03:04:05Z" };
        const back = deleteNode(addNode(tree, request).tree, { id: "new" }).tree;
        expect(back).toEqual(tree);
      }),
    );
  });

  it("leaves no orphans and no crooked children", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const left = deleteNode(tree, { id: `n${at % tree.nodes.length}`, recursive: true }).tree;
        expect(outOfStep(left)).toEqual([]);
        expect(left.nodes.filter(({ parent_id }) => parent_id !== null && !findNode(left, parent_id))).toEqual([]);
      }),
    );
  });
});

describe("nodesToDelete", () => {
  it("names children before their parents, so that each can be removed when its turn comes", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const id = `n${at % tree.nodes.length}`;
        const order = nodesToDelete(tree, { id, recursive: true }).map((node) => node.node_id);
        for (const [i, each] of order.entries()) {
          for (const child of findNode(tree, each)?.children ?? []) expect(order.indexOf(child)).toBeLessThan(i);
        }
        expect(order.at(-1)).toBe(id);
      }),
    );
  });
});
