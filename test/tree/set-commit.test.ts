import { describe, expect, it } from "vitest";
import { findNode } from "../../src/tree/find-node.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { worktreeFor } from "../../src/tree/worktree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, outOfStep } from "./sample-trees.ts";

const now = "2026-01-02T03:04:05Z";
const [one, two] = ["a1b2c3d4".repeat(5), "b2c3d4e5".repeat(5)];
const tree = amend(growTree("root", "a<root=0.9"), "a", { worktree: worktreeFor("a") });

describe("setCommit", () => {
  it("records the whole commit id in the node's worktree", () => {
    const { node, warnings } = setCommit(tree, { id: "a", commit: one, now });
    expect(node.worktree).toEqual({ path: ".worktrees/a", branch: "iter/a", commit: one });
    expect(node.updated_at).toBe(now);
    expect(warnings).toEqual([]);
  });

  it("keeps status, results and unknown keys of the worktree", () => {
    const kept = amend(tree, "a", { worktree: { ...worktreeFor("a"), host: "h" } });
    const { node } = setCommit(kept, { id: "a", commit: one, now });
    expect(node).toEqual({
      ...findNode(kept, "a"),
      worktree: { ...worktreeFor("a"), host: "h", commit: one },
      updated_at: now,
    });
  });

  it("records the main worktree and its branch for a node without one", () => {
    const { node } = setCommit(growTree("a"), { id: "a", commit: one, branch: "main", now });
    expect(node.worktree).toEqual({ path: ".", branch: "main", commit: one });
  });

  it("changes nothing when that commit is recorded already", () => {
    const once = setCommit(tree, { id: "a", commit: one, now }).tree;
    expect(setCommit(once, { id: "a", commit: one, now: "2027-01-01T00:00:00Z" }).tree).toBe(once);
  });

  it("replaces an earlier commit", () => {
    const once = setCommit(tree, { id: "a", commit: one, now }).tree;
    expect(setCommit(once, { id: "a", commit: two, now }).node.worktree?.commit).toBe(two);
  });

  it("leaves the other nodes the same objects and children in step", () => {
    const { tree: changed } = setCommit(tree, { id: "a", commit: one, now });
    expect(findNode(changed, "root")).toBe(findNode(tree, "root"));
    expect(outOfStep(changed)).toEqual([]);
  });

  it("warns with both commits when the results came from another one", () => {
    const measured = amend(tree, "a", { recorded: { commit: one, clean: true } });
    const { warnings } = setCommit(measured, { id: "a", commit: two, now });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("recorded at a1b2c3d, the commit is now b2c3d4e");
  });

  it.each([
    ["the results came from this commit", { recorded: { commit: one, clean: true } }],
    ["nobody knows where the results came from", { recorded: undefined }],
    ["there are no results", { recorded: { commit: two, clean: true }, results: null }],
  ])("does not warn when %s", (_, fields) => {
    expect(setCommit(amend(tree, "a", fields), { id: "a", commit: one, now }).warnings).toEqual([]);
  });

  it("refuses an unknown id", () => {
    expect(() => setCommit(tree, { id: "b", commit: one, now })).toThrow(expect.objectContaining({ exitCode: 3 }));
  });
});
