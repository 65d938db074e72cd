import { describe, expect, it } from "vitest";
import { findNode } from "../../src/tree/find-node.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import { growTree } from "../grow-tree.ts";

const now = "2026-01-02T03:04:05Z";

describe("pruneNode", () => {
  it("keeps the results of a pruned node", () => {
    const { tree } = pruneNode(growTree("root", "a<root=0.9"), { id: "a", reason: "noise", now });
    expect(findNode(tree, "a")).toMatchObject({ status: "pruned", reason: "noise", updated_at: now });
    expect(findNode(tree, "a")?.results).toMatchObject({ primary_value: 0.9 });
  });

  it("leaves every other node the same object", () => {
    const tree = growTree("root", "a<root=0.9", "b<root");
    const pruned = pruneNode(tree, { id: "a", reason: "noise", now }).tree;
    expect(findNode(pruned, "root")).toBe(findNode(tree, "root"));
    expect(findNode(pruned, "b")).toBe(findNode(tree, "b"));
  });

  it("changes nothing when the node is pruned for the same reason already", () => {
    const once = pruneNode(growTree("a"), { id: "a", reason: "noise", now }).tree;
    expect(pruneNode(once, { id: "a", reason: "noise", now: "2027-01-01T00:00:00Z" }).tree).toBe(once);
  });

  it("refuses an unknown id and names the nearest one", () => {
    expect(() => pruneNode(growTree("baseline"), { id: "baselin", reason: "x", now })).toThrow(
      expect.objectContaining({ code: "node-not-found", exitCode: 3, hint: "Did you mean 'baseline'?" }),
    );
  });
});

describe("unpruneNode", () => {
  it("restores status and reason, also after pruning twice for different reasons", () => {
    const failed = { ...growTree("a!failed") };
    const node = { ...failed.nodes[0], reason: "diverged" };
    let tree = pruneNode({ ...failed, nodes: [node as never] }, { id: "a", reason: "one", now }).tree;
    tree = pruneNode(tree, { id: "a", reason: "two", now }).tree;
    const restored = findNode(unpruneNode(tree, { id: "a", now }).tree, "a");
    expect(restored).toMatchObject({ status: "failed", reason: "diverged" });
    expect(restored?.before_prune).toBeUndefined();
  });

  it("makes a node that was pruned by hand completed when it has results, else pending", () => {
    const tree = growTree("a=0.5!pruned", "b!pruned");
    expect(findNode(unpruneNode(tree, { id: "a", now }).tree, "a")?.status).toBe("completed");
    expect(findNode(unpruneNode(tree, { id: "b", now }).tree, "b")?.status).toBe("pending");
  });

  it("refuses a node that is pruned only through one above it, and names that one", () => {
    expect(() => unpruneNode(growTree("a!pruned", "b<a"), { id: "b", now })).toThrow(
      expect.objectContaining({ exitCode: 4, hint: "It counts as pruned because of 'a': undo that one." }),
    );
  });
});
