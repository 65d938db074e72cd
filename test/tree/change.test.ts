import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changeNodes, replaceNode } from "../../src/tree/change.ts";
import { findNode, requireNode } from "../../src/tree/find-node.ts";
import type { IterationNode } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, outOfStep, someTree } from "./sample-trees.ts";

const crooked = amend(growTree("root", "a<root", "b<root"), "root", { children: ["b", "gone"] });

describe("replaceNode", () => {
  it("replaces the node of that id and leaves the others the same objects", () => {
    const tree = growTree("root", "a<root", "b<root");
    const changed = replaceNode(tree, { ...requireNode(tree, "a"), description: "other" });
    expect(changed.node.description).toBe("other");
    expect(findNode(changed.tree, "root")).toBe(findNode(tree, "root"));
    expect(findNode(changed.tree, "b")).toBe(findNode(tree, "b"));
  });

  it("brings the children of the changed node in step with parent_id", () => {
    const changed = replaceNode(crooked, { ...requireNode(crooked, "root"), description: "other" });
    expect(changed.node.children).toEqual(["a", "b"]);
  });

  it("leaves crooked children of a node that does not change as they are", () => {
    const changed = replaceNode(crooked, { ...requireNode(crooked, "a"), description: "other" });
    expect(findNode(changed.tree, "root")).toBe(findNode(crooked, "root"));
  });

  it("keeps the order of children that name the right nodes", () => {
    const tree = amend(growTree("root", "a<root", "b<root"), "root", { children: ["b", "a"] });
    const changed = replaceNode(tree, { ...requireNode(tree, "root"), description: "other" });
    expect(changed.node.children).toEqual(["b", "a"]);
  });

  it("gives back the very node when nothing in it differs", () => {
    const tree = growTree("a");
    expect(replaceNode(tree, { ...requireNode(tree, "a") }).node).toBe(requireNode(tree, "a"));
  });

  it("keeps the tree's own keys and hands on the warnings", () => {
    const tree = { ...growTree("a"), objective: { metric: "x", direction: "minimize" } as const, extra: 1 };
    const changed = replaceNode(tree, { ...requireNode(tree, "a"), status: "running" }, ["careful"]);
    expect(changed.tree).toMatchObject({ version: 1, objective: tree.objective, extra: 1 });
    expect(changed.warnings).toEqual(["careful"]);
  });

  it("leaves children in step wherever they were", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const node = tree.nodes[at % tree.nodes.length] as (typeof tree.nodes)[number];
        expect(outOfStep(replaceNode(tree, { ...node, description: "other", children: ["x"] }).tree)).toEqual([]);
      }),
    );
  });
});

describe("changeNodes", () => {
  it("brings the parent of a node that came in step", () => {
    const tree = growTree("root");
    const node = requireNode(growTree("root", "a<root"), "a");
    const changed = changeNodes(tree, [...tree.nodes, node], "a");
    expect(findNode(changed.tree, "root")?.children).toEqual(["a"]);
    expect(changed).toMatchObject({ node, warnings: [] });
  });

  it("brings the parent of a node that went in step, and answers with that node", () => {
    const tree = growTree("root", "a<root");
    const changed = changeNodes(tree, tree.nodes.slice(0, 1), "a");
    expect(findNode(changed.tree, "root")?.children).toEqual([]);
    expect(changed.node).toBe(findNode(tree, "a"));
  });

  it("tells what came and what went apart, of few and of many, wherever they stand", () => {
    for (const count of [1, 5, 40]) {
      const names = Array.from({ length: count }, (_, i) => i);
      const tree = growTree("root", "kept<root", ...names.map((i) => `old${i}<root`), "last<kept");
      const come = growTree("root", ...names.map((i) => `new${i}<root`)).nodes.slice(1);
      const [root, kept, last] = ["root", "kept", "last"].map((id) => requireNode(tree, id));
      const next = [last, ...come, root, kept] as IterationNode[];
      const changed = changeNodes(tree, next, "root");
      expect(changed.node.children).toEqual([...come.map(({ node_id }) => node_id), "kept"]);
      expect(changed.tree.nodes[0]).toBe(last);
      expect(changed.tree.nodes.slice(1, -2)).toEqual(come);
    }
  });

  it("leaves the other roots alone when a root comes", () => {
    const tree = amend(growTree("a", "b<a"), "a", { children: [] });
    const root = requireNode(growTree("new"), "new");
    expect(findNode(changeNodes(tree, [...tree.nodes, root], "new").tree, "a")).toBe(findNode(tree, "a"));
  });
});
