import { describe, expect, it } from "vitest";
import { finishAttempt, nextAttempt, openAttempt, requireRunnable, startAttempt } from "../../src/tree/attempt.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode } from "../../src/tree/prune-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "./sample-trees.ts";

const now = "2026-01-02T03:04:05Z";
const measured = (value: number) =>
  parseResults({ primary_metric: "accuracy", primary_value: value, direction: "maximize" });

function begin(tree: IterationTree, id = "a", more: object = {}, isLive = true) {
  const attempt = {
    id: nextAttempt(requireNode(tree, id)),
    started_at: now,
    process: "1~2~here",
    ended_at: undefined,
    ...more,
  };
  return startAttempt(tree, { id, attempt, status: "running", isLive: () => isLive, now }).tree;
}

const end = (tree: IterationTree, attempt: number, more: Partial<Parameters<typeof finishAttempt>[1]> = {}) =>
  finishAttempt(tree, { id: "a", attempt, outcome: "completed", facts: { ended_at: now }, now, ...more });

const same = { commit: "c".repeat(40), clean: true, setup: "s" };

describe("startAttempt", () => {
  it("sets the node running, forgets why it failed before, and keeps what it measured", () => {
    const tree = begin(amend(growTree("a=0.5"), "a", { status: "failed", reason: "x" }));
    expect(requireNode(tree, "a")).toMatchObject({
      status: "running",
      reason: undefined,
      results: { primary_value: 0.5 },
    });
  });

  it("refuses a node whose attempt somebody is behind, and takes over one that nobody is", () => {
    const tree = begin(growTree("a"));
    expect(() => begin(tree)).toThrow("'a' runs already: attempt 1, since 2026-01-02T03:04:05Z");
    expect(requireRunnable(tree, "a", () => false).node_id).toBe("a");
  });

  it("refuses what is pruned, itself or above", () => {
    const tree = pruneNode(growTree("r", "a<r"), { id: "r", reason: "x", now }).tree;
    expect(() => begin(tree)).toThrow("'a' counts as pruned, since 'r' above it is");
    expect(() => begin(tree, "r")).toThrow("'r' is pruned");
  });
});

describe("finishAttempt", () => {
  it("joins runs of the very same into samples, and nothing else", () => {
    let tree = end(begin(amend(growTree("a=0.1"), "a", {}), "a", same), 1, { results: measured(0.5) }).tree;
    expect(requireNode(tree, "a").results).toEqual(measured(0.5));
    tree = end(begin(tree, "a", same), 2, { results: measured(0.7) }).tree;
    expect(requireNode(tree, "a").results).toMatchObject({ primary_value: 0.6, samples: [0.5, 0.7] });
    for (const other of [{ commit: "d".repeat(40) }, { clean: false }, { setup: "t" }, { setup: undefined }]) {
      const next = end(begin(tree, "a", { ...same, ...other }), 3, { results: measured(0.9) }).tree;
      expect(requireNode(next, "a").results, JSON.stringify(other)).toEqual(measured(0.9));
    }
  });

  it("changes nothing the second time", () => {
    const tree = end(begin(growTree("a")), 1, { results: measured(0.5) }).tree;
    expect(end(tree, 1, { outcome: "failed", reason: "late" }).tree).toBe(tree);
  });

  it("keeps to its own record when a later attempt has begun", () => {
    const first = begin(growTree("a"));
    const overtaken = begin(amend(first, "a", { status: "pending" }), "a", {}, false);
    const { tree, warnings } = end(overtaken, 1, { results: measured(0.5) });
    expect(requireNode(tree, "a")).toMatchObject({ status: "running", results: null });
    expect(requireNode(tree, "a").attempts?.map(({ outcome }) => outcome)).toEqual(["completed", undefined]);
    expect(warnings).toEqual(["attempt 1 of 'a' was overtaken by a later one; only its own record is kept"]);
  });

  it("leaves a node pruned that was pruned meanwhile, and remembers how it went", () => {
    const tree = pruneNode(begin(growTree("a")), { id: "a", reason: "no", now }).tree;
    const failed = requireNode(end(tree, 1, { outcome: "failed", reason: "exit code 1" }).tree, "a");
    expect(failed).toMatchObject({
      status: "pruned",
      reason: "no",
      before_prune: { status: "failed", reason: "exit code 1" },
    });
    const done = requireNode(end(tree, 1, { results: measured(0.5) }).tree, "a");
    expect(done).toMatchObject({
      status: "pruned",
      results: { primary_value: 0.5 },
      before_prune: { status: "completed" },
    });
  });

  it("says when the attempt is gone", () => {
    expect(() => end(growTree("a"), 1)).toThrow("'a' has no attempt 1 any more");
  });

  it("counts attempts without a number by their place", () => {
    const tree = amend(growTree("a"), "a", {
      status: "running",
      attempts: [
        { started_at: "x", ended_at: "y", process: undefined },
        { started_at: "z", ended_at: undefined, process: "p" },
      ],
    });
    expect(openAttempt(requireNode(tree, "a"))?.id).toBe(2);
    expect(nextAttempt(requireNode(tree, "a"))).toBe(3);
    expect(requireNode(end(tree, 2, { outcome: "interrupted", reason: "x" }).tree, "a").status).toBe("failed");
  });
});
