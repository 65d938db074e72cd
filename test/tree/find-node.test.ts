import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findNode, nearest, requireNode } from "../../src/tree/find-node.ts";
import { emptyTree } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";

describe("findNode", () => {
  it("finds a node by its id", () => {
    expect(findNode(growTree("a", "b"), "b")?.node_id).toBe("b");
  });

  it.each(["A", "a ", "", "constructor", "__proto__"])("finds nothing for %j", (id) => {
    expect(findNode(growTree("a"), id)).toBeUndefined();
  });
});

describe("requireNode", () => {
  it("gives the node of that id", () => {
    const tree = growTree("a", "b");
    expect(requireNode(tree, "b")).toBe(tree.nodes[1]);
  });

  it("asks whether the nearest id was meant", () => {
    expect(() => requireNode(growTree("iter1_baseline", "iter2_lr"), "iter1_baselnie")).toThrow(
      expect.objectContaining({
        code: "node-not-found",
        exitCode: 3,
        message: "No node 'iter1_baselnie' in the tree",
        hint: "Did you mean 'iter1_baseline'?",
      }),
    );
  });

  it("says how to see the ids when none is near", () => {
    for (const tree of [emptyTree, growTree("baseline")]) {
      expect(() => requireNode(tree, "something_else")).toThrow(
        expect.objectContaining({ exitCode: 3, hint: expect.stringContaining("tree-autoresearch list") }),
      );
    }
  });
});

describe("nearest", () => {
  it.each([
    ["a slip", "iter2_dorpout", "iter2_dropout"],
    ["another case", "ITER2_DROPOUT", "iter2_dropout"],
    ["the beginning", "iter2", "iter2_dropout"],
    ["a word of it", "dropout", "iter2_dropout"],
    ["a missing letter", "baselin", "baseline"],
  ])("finds an id by %s", (_, word, expected) => {
    expect(nearest(word, ["other_thing", "iter2_dropout", "baseline"])).toBe(expected);
  });

  it("finds the closest of several", () => {
    expect(nearest("iter12", ["iter13_x", "iter21", "iter12_"])).toBe("iter12_");
  });

  it("finds the first of equally close ones", () => {
    expect(nearest("node3", ["node1", "node2"])).toBe("node1");
  });

  it.each([
    ["nothing is like it", "baseline", ["dropout", "warmup"]],
    ["there are no ids", "baseline", []],
  ])("finds none when %s", (_, word, candidates) => {
    expect(nearest(word, candidates)).toBeUndefined();
  });

  it("finds none among short ids that share no letter with the word", () => {
    expect(nearest("zz", ["ab"])).toBeUndefined();
    expect(nearest("x", ["b"])).toBeUndefined();
  });

  it("prefers the id that differs in case only to one that goes on", () => {
    expect(nearest("baseline", ["baseline_v2", "Baseline"])).toBe("Baseline");
  });

  it("finds one of the candidates or none, whatever the words", () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 5 }), (asked, candidates) => {
        expect([undefined, ...candidates]).toContain(nearest(asked, candidates));
      }),
    );
  });

  it("finds an id from which one letter was lost", () => {
    const id = fc.string({ unit: fc.constantFrom(..."abcdef_123"), minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(id, fc.nat(), (whole, at) => {
        const i = at % whole.length;
        expect(nearest(whole.slice(0, i) + whole.slice(i + 1), [whole])).toBe(whole);
      }),
    );
  });
});
