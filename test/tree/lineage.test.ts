import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyTree, type IterationNode } from "../../src/tree/iteration-tree.ts";
import {
  childrenOf,
  commonAncestor,
  descendantsOf,
  findPruned,
  firstInTree,
  indexTree,
  lineageOf,
  prunedIds,
} from "../../src/tree/lineage.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, someTree } from "./sample-trees.ts";

const index = (...words: readonly string[]) => indexTree(growTree(...words));
const ids = (nodes: readonly IterationNode[]) => nodes.map((node) => node.node_id);
const forest = index("c<a", "a", "b", "d<c", "e<a");

describe("firstInTree", () => {
  it("is the one that a walk down meets first, of few and of many", () => {
    fc.assert(
      fc.property(someTree, fc.array(fc.nat(), { maxLength: 60 }), (tree, places) => {
        const all = indexTree(tree);
        const asked = places.map((place) => tree.nodes[place % tree.nodes.length] as IterationNode);
        expect(firstInTree(all, asked)).toBe(descendantsOf(all, null).find((node) => asked.includes(node)));
      }),
    );
  });

  it("does not take hours where thousands of nodes under each other are asked for", () => {
    const tree = chainOf(10_000);
    expect(firstInTree(indexTree(tree), tree.nodes)?.parent_id).toBeNull();
  });
});

describe("childrenOf", () => {
  it("gives the children in file order, for null the roots", () => {
    expect(ids(childrenOf(forest, "a"))).toEqual(["c", "e"]);
    expect(ids(childrenOf(forest, null))).toEqual(["a", "b"]);
  });

  it("goes by parent_id, whatever children says", () => {
    const tree = amend(growTree("root", "a<root"), "root", { children: ["ghost"] });
    expect(ids(childrenOf(indexTree(tree), "root"))).toEqual(["a"]);
  });

  it("gives none for a leaf, an unknown id or an empty tree", () => {
    expect(childrenOf(forest, "e")).toEqual([]);
    expect(childrenOf(forest, "nope")).toEqual([]);
    expect(childrenOf(indexTree(emptyTree), null)).toEqual([]);
  });
});

describe("lineageOf", () => {
  it("leads from the root to the node", () => {
    expect(ids(lineageOf(forest, "d"))).toEqual(["a", "c", "d"]);
    expect(ids(lineageOf(forest, "b"))).toEqual(["b"]);
  });

  it("is empty for an unknown id and for one in another case", () => {
    expect(lineageOf(forest, "nope")).toEqual([]);
    expect(lineageOf(forest, "D")).toEqual([]);
  });

  it("begins under an unknown parent", () => {
    expect(ids(lineageOf(index("a<gone", "b<a"), "b"))).toEqual(["a", "b"]);
  });

  it("ends in a cycle instead of running for ever", () => {
    expect(ids(lineageOf(index("a<b", "b<a"), "a"))).toEqual(["b", "a"]);
    expect(ids(lineageOf(index("a<a"), "a"))).toEqual(["a"]);
  });

  it("climbs 10,000 nodes", () => {
    const lineage = lineageOf(indexTree(chainOf(10_000)), "n9999");
    expect(lineage).toHaveLength(10_000);
    expect(lineage[0]?.node_id).toBe("n0");
  });
});

describe("descendantsOf", () => {
  it("goes down each branch before the next, without the node itself", () => {
    expect(ids(descendantsOf(forest, "a"))).toEqual(["c", "d", "e"]);
    expect(ids(descendantsOf(forest, null))).toEqual(["a", "c", "d", "e", "b"]);
  });

  it("is empty for a leaf, an unknown id and an empty tree", () => {
    expect(descendantsOf(forest, "b")).toEqual([]);
    expect(descendantsOf(forest, "nope")).toEqual([]);
    expect(descendantsOf(indexTree(emptyTree), null)).toEqual([]);
  });

  it("does not reach a cycle from the roots", () => {
    expect(ids(descendantsOf(index("root", "a<b", "b<a"), null))).toEqual(["root"]);
  });

  it("ends in a cycle instead of running for ever", () => {
    expect(ids(descendantsOf(index("a<b", "b<a"), "a"))).toEqual(["b"]);
  });

  it("goes down 10,000 nodes, and along 10,000 siblings", () => {
    expect(descendantsOf(indexTree(chainOf(10_000)), "n0")).toHaveLength(9_999);
    const flat = chainOf(10_000);
    const star = { ...flat, nodes: flat.nodes.map((node, i) => ({ ...node, parent_id: i === 0 ? null : "n0" })) };
    expect(descendantsOf(indexTree(star), "n0")).toHaveLength(9_999);
  });

  it("holds exactly the nodes whose lineage has the node, parents before children", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const id = `n${at % tree.nodes.length}`;
        const all = indexTree(tree);
        const under = ids(descendantsOf(all, id));
        const expected = ids(tree.nodes).filter((each) => each !== id && ids(lineageOf(all, each)).includes(id));
        expect([...under].sort()).toEqual(expected.sort());
        for (const each of under) {
          const parent = all.byId.get(each)?.parent_id as string;
          if (parent !== id) expect(under.indexOf(parent)).toBeLessThan(under.indexOf(each));
        }
      }),
    );
  });
});

describe("findPruned", () => {
  const pruned = index("root!pruned", "a<root", "b<a!pruned", "c<b", "other");

  it.each([
    ["the node itself", "b", "b"],
    ["the nearest pruned one above", "c", "b"],
    ["one further above", "a", "root"],
  ])("finds %s", (_, id, expected) => {
    expect(findPruned(pruned, id)?.node_id).toBe(expected);
  });

  it("finds none for a node that is not pruned, nor for an unknown one", () => {
    expect(findPruned(pruned, "other")).toBeUndefined();
    expect(findPruned(pruned, "nope")).toBeUndefined();
  });
});

describe("prunedIds", () => {
  it("holds a pruned node and all under it, and nothing beside or above", () => {
    expect(prunedIds(index("root", "a<root!pruned", "b<a", "c<b=0.9", "d<root", "e"))).toEqual(
      new Set(["a", "b", "c"]),
    );
  });

  it("is empty when nothing is pruned", () => {
    expect(prunedIds(index("a", "b<a!failed")).size).toBe(0);
    expect(prunedIds(indexTree(emptyTree)).size).toBe(0);
  });

  it("holds 10,000 nodes under a pruned root", () => {
    expect(prunedIds(indexTree(amend(chainOf(10_000), "n0", { status: "pruned" }))).size).toBe(10_000);
  });

  it("agrees with findPruned on every node", () => {
    fc.assert(
      fc.property(someTree, (tree) => {
        const all = indexTree(tree);
        const found = ids(tree.nodes).filter((id) => findPruned(all, id));
        expect([...prunedIds(all)].sort()).toEqual(found.sort());
      }),
    );
  });
});

describe("commonAncestor", () => {
  it("is the nearest node above both", () => {
    expect(commonAncestor(forest, "d", "e")?.node_id).toBe("a");
  });

  it("is the upper one when one hangs under the other, and the node itself for twice the same", () => {
    expect(commonAncestor(forest, "a", "d")?.node_id).toBe("a");
    expect(commonAncestor(forest, "d", "c")?.node_id).toBe("c");
    expect(commonAncestor(forest, "d", "d")?.node_id).toBe("d");
  });

  it("does not exist across roots or for an unknown id", () => {
    expect(commonAncestor(forest, "b", "d")).toBeUndefined();
    expect(commonAncestor(forest, "nope", "d")).toBeUndefined();
  });

  it("does not depend on the order of the two", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), fc.nat(), (tree, x, y) => {
        const all = indexTree(tree);
        const [a, b] = [`n${x % tree.nodes.length}`, `n${y % tree.nodes.length}`];
        expect(commonAncestor(all, a, b)).toBe(commonAncestor(all, b, a));
      }),
    );
  });
});
