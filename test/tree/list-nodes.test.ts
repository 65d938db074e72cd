import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyTree, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { type ListRequest, listNodes } from "../../src/tree/list-nodes.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, someTree } from "./sample-trees.ts";

const ids = (tree: IterationTree, request: ListRequest = {}) => listNodes(tree, request).map((node) => node.node_id);

describe("listNodes", () => {
  it("lists every branch down before the next, whatever the order in the file", () => {
    expect(ids(growTree("c<a", "a", "b", "d<c", "e<a"))).toEqual(["a", "c", "d", "e", "b"]);
  });

  it("lists nothing of an empty tree", () => {
    expect(ids(emptyTree)).toEqual([]);
    expect(ids(emptyTree, { sort: "metric", limit: 5 })).toEqual([]);
  });

  it("lists every node once", () => {
    fc.assert(
      fc.property(someTree, fc.constantFrom("metric", "created", "id", undefined), (tree, sort) => {
        expect(ids(tree, { sort }).toSorted()).toEqual(tree.nodes.map((node) => node.node_id).toSorted());
      }),
    );
  });

  it("lists 10,000 nodes of a chain", () => {
    expect(ids(chainOf(10_000))).toHaveLength(10_000);
  });

  it("does not change the tree that it was given", () => {
    const tree = growTree("a!pruned", "b<a=0.5");
    const before = structuredClone(tree);
    listNodes(tree, { sort: "metric" });
    expect(tree).toEqual(before);
  });

  it("lists only the nodes of a status", () => {
    expect(ids(growTree("a=0.5", "b<a!failed", "c<b=0.7"), { status: "completed" })).toEqual(["a", "c"]);
  });

  it("counts a node under a pruned one as pruned, and no longer as what it was", () => {
    const tree = growTree("root=0.5", "a<root!pruned", "b<a=0.9");
    expect(ids(tree, { status: "pruned" })).toEqual(["a", "b"]);
    expect(ids(tree, { status: "completed" })).toEqual(["root"]);
    expect(listNodes(tree, {}).at(-1)?.status).toBe("pruned");
  });

  it("lists a node and all under it", () => {
    const tree = growTree("root", "a<root", "b<a", "c<root");
    expect(ids(tree, { under: "a" })).toEqual(["a", "b"]);
    expect(ids(tree, { under: "b" })).toEqual(["b"]);
  });

  it("counts as pruned under a node what is pruned by one above it", () => {
    expect(ids(growTree("root!pruned", "a<root", "b<a"), { under: "a", status: "pruned" })).toEqual(["a", "b"]);
  });

  it("refuses to list under an unknown node", () => {
    expect(() => listNodes(growTree("baseline"), { under: "baselin" })).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'baseline'?" }),
    );
  });

  it.each([
    ["id", { node_id: "iter1_WARMUP" }],
    ["description", { description: "longer Warmup" }],
    ["command", { command: "train --warmup 3" }],
    ["reason", { reason: "warmup diverged" }],
    ["tags", { tags: ["x", "warmup"] }],
    ["notes", { notes: ["try warmup"] }],
  ])("finds a text in the %s, ignoring case", (_, fields) => {
    const found = listNodes(amend(growTree("a", "b"), "b", fields), { grep: "warmUP" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(fields);
  });

  it("takes the text to find literally", () => {
    const tree = amend(growTree("a", "b"), "b", { description: "lr .* (x)" });
    expect(ids(tree, { grep: ".* (" })).toEqual(["b"]);
    expect(ids(tree, { grep: "no such text" })).toEqual([]);
  });

  it("sorts ids as a person counts", () => {
    expect(ids(growTree("iter10_b", "iter2_a", "iter1_c"), { sort: "id" })).toEqual(["iter1_c", "iter2_a", "iter10_b"]);
  });

  it("sorts by metric, the best first and the unmeasured last", () => {
    const tree = growTree("a", "b=-0.5", "c=0.9", "d!completed", "e=0.1");
    expect(ids(tree, { sort: "metric" })).toEqual(["c", "e", "b", "a", "d"]);
  });

  it("sorts the lowest first when the direction is minimize, and a missing value is not 0", () => {
    const results = (value: number) =>
      parseResults({ primary_metric: "loss", primary_value: value, direction: "minimize" });
    const tree = amend(amend(growTree("none", "a=1", "b=1"), "a", { results: results(3) }), "b", {
      results: results(2),
    });
    expect(ids(tree, { sort: "metric" })).toEqual(["b", "a", "none"]);
  });

  it("keeps the tree's order among equals", () => {
    expect(ids(growTree("a=0.5", "b=0.7", "c<a=0.5", "d=0.5"), { sort: "metric" })).toEqual(["b", "a", "c", "d"]);
  });

  it("keeps the tree's order when there is no metric to sort by", () => {
    expect(ids(growTree("b", "a", "c<b"), { sort: "metric" })).toEqual(["b", "c", "a"]);
  });

  it("sorts by the time of creation, the earliest first", () => {
    const times = { a: "2026-03-01T00:00:00Z", b: "2026-01-01T00:00:00Z", c: "2026-02-01T00:00:00Z" };
    const tree = Object.entries(times).reduce(
      (grown, [id, created_at]) => amend(grown, id, { created_at }),
      growTree("a", "b", "c"),
    );
    expect(ids(tree, { sort: "created" })).toEqual(["b", "c", "a"]);
  });

  it("limits what is left after sorting and filtering", () => {
    const tree = growTree("a=0.1", "b=0.9", "c=0.8", "d=0.95!failed");
    expect(ids(tree, { sort: "metric", status: "completed", limit: 2 })).toEqual(["b", "c"]);
    expect(ids(tree, { limit: 99 })).toHaveLength(4);
  });
});
