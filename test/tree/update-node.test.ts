import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findNode } from "../../src/tree/find-node.ts";
import { type IterationTree, statuses } from "../../src/tree/iteration-tree.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { type UpdateRequest, updateNode } from "../../src/tree/update-node.ts";
import { growTree } from "../grow-tree.ts";
import { amend, outOfStep, someTree } from "./sample-trees.ts";

const now = "2026-01-02T03:04:05Z";
const results = (value: number, metric = "accuracy", direction = "maximize") =>
  parseResults({ primary_metric: metric, primary_value: value, direction });
const update = (tree: IterationTree, request: Omit<UpdateRequest, "id" | "now">, id = "a") =>
  updateNode(tree, { id, now, ...request });

describe("updateNode with results", () => {
  it("records them, completes the node and says when", () => {
    expect(update(growTree("a"), { results: results(0.9) })).toMatchObject({
      node: { status: "completed", results: { primary_value: 0.9 }, updated_at: now },
      warnings: [],
    });
  });

  it("replaces earlier results", () => {
    expect(update(growTree("a=0.5"), { results: results(0.9) }).node.results).toEqual(results(0.9));
  });

  it("leaves the status to the caller who names one", () => {
    expect(update(growTree("a"), { results: results(0.9), status: "running" }).node.status).toBe("running");
  });

  it("remembers the commit that they came from", () => {
    const recorded = { commit: "a1b2c3d4".repeat(5), clean: true };
    expect(update(growTree("a"), { results: results(0.9), recorded }).node.recorded).toEqual(recorded);
  });

  it("forgets why an earlier attempt failed", () => {
    const failed = amend(growTree("a!failed"), "a", { reason: "out of memory" });
    expect(update(failed, { results: results(0.9) }).node.reason).toBeUndefined();
  });

  it("keeps value 0 as 0", () => {
    expect(update(growTree("a"), { results: results(0) }).node.results).toMatchObject({ primary_value: 0 });
  });

  it("leaves other nodes the same objects", () => {
    const tree = growTree("root", "a<root", "b<a");
    const changed = update(tree, { results: results(0.9) }).tree;
    expect(findNode(changed, "root")).toBe(findNode(tree, "root"));
    expect(findNode(changed, "b")).toBe(findNode(tree, "b"));
  });
});

describe("updateNode with --append", () => {
  it("adds samples to the recorded ones and computes the mean", () => {
    expect(update(growTree("a=0.5"), { results: results(0.75), append: true }).node.results).toMatchObject({
      samples: [0.5, 0.75],
      primary_value: 0.625,
    });
  });

  it("records the first results as they are", () => {
    expect(update(growTree("a"), { results: results(0.75), append: true }).node.results).toEqual(results(0.75));
  });

  it("refuses another metric, with nothing recorded", () => {
    expect(() => update(growTree("a=0.5"), { results: results(1, "f1"), append: true })).toThrow(
      expect.objectContaining({ exitCode: 5 }),
    );
  });

  it("refuses to append nothing", () => {
    expect(() => update(growTree("a=0.5"), { append: true })).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe("updateNode against the tree's objective", () => {
  const written = (tree: IterationTree): IterationTree => ({
    ...tree,
    objective: { metric: "accuracy", direction: "maximize" },
  });
  const several = parseResults({
    objectives: [
      { metric: "f1", value: 1, direction: "maximize" },
      { metric: "latency", value: 2, direction: "minimize" },
    ],
  });

  it.each([
    ["another metric", results(1, "f1")],
    ["another direction", results(1, "accuracy", "minimize")],
  ])("refuses %s than the written one", (_, contrary) => {
    expect(() => update(written(growTree("a")), { results: contrary })).toThrow(
      expect.objectContaining({ code: "invalid-results", exitCode: 5, message: expect.stringContaining("accuracy") }),
    );
  });

  it("accepts several objectives that leave the written one out", () => {
    expect(update(written(growTree("a")), { results: several }).warnings).toEqual([]);
  });

  it.each([
    ["another metric", results(1, "f1")],
    ["another direction", results(1, "accuracy", "minimize")],
  ])("only warns of %s than the first root's, and records it", (_, contrary) => {
    const { node, warnings } = update(growTree("root=0.5", "a<root"), { results: contrary });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("accuracy");
    expect(node.results).toEqual(contrary);
  });

  it("lets the only measured node change its own metric", () => {
    expect(update(growTree("a=0.5", "b<a"), { results: results(1, "f1") }).warnings).toEqual([]);
  });

  it("does not look at the objective when no results come", () => {
    const tree = written(amend(growTree("a=0.5"), "a", { results: results(1, "f1") }));
    expect(update(tree, { note: "hm" }).warnings).toEqual([]);
  });
});

describe("updateNode with a status", () => {
  it.each(["pending", "running", "waiting", "failed"] as const)("sets %s without results", (status) => {
    expect(update(growTree("a"), { status }).node).toMatchObject({ status, results: null });
  });

  it("refuses completed when no result is given or recorded", () => {
    expect(() => update(growTree("a"), { status: "completed" })).toThrow(expect.objectContaining({ exitCode: 5 }));
  });

  it("sets completed when a result is recorded", () => {
    expect(update(growTree("a=0.5!running"), { status: "completed" }).node.status).toBe("completed");
  });

  it("keeps recorded results when a node fails", () => {
    expect(update(growTree("a=0.5"), { status: "failed", reason: "broken" }).node).toMatchObject({
      status: "failed",
      reason: "broken",
      results: { primary_value: 0.5 },
    });
  });

  it("drops the reason of another status and keeps that of the same", () => {
    const failed = amend(growTree("a!failed"), "a", { reason: "broken" });
    expect(update(failed, { status: "running" }).node.reason).toBeUndefined();
    expect(update(failed, { status: "failed" }).node.reason).toBe("broken");
  });

  it("sets a reason alone", () => {
    expect(update(growTree("a!failed"), { reason: "broken" }).node).toMatchObject({
      status: "failed",
      reason: "broken",
    });
  });

  it("sends the caller to prune for pruned", () => {
    expect(() => update(growTree("a"), { status: "pruned" })).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining("prune --id a --reason TEXT") }),
    );
  });
});

describe("updateNode on a pruned node", () => {
  const pruned = pruneNode(growTree("a!running"), { id: "a", reason: "noise", now }).tree;

  it("records results, leaves the node pruned and says how to bring it back", () => {
    const { node, warnings } = update(pruned, { results: results(0.9) });
    expect(node).toMatchObject({ status: "pruned", reason: "noise", results: { primary_value: 0.9 } });
    expect(warnings).toEqual(["'a' is pruned and stays so; `prune --id a --undo` brings it back"]);
  });

  it("comes back completed once it has results", () => {
    const { tree } = update(pruned, { results: results(0.9) });
    expect(unpruneNode(tree, { id: "a", now }).node).toMatchObject({ status: "completed", reason: undefined });
  });

  it("refuses another status", () => {
    expect(() => update(pruned, { status: "running" })).toThrow(
      expect.objectContaining({ exitCode: 4, hint: expect.stringContaining("prune --id a --undo") }),
    );
  });
});

describe("updateNode with texts", () => {
  it("sets description and command, and adds a note after the others", () => {
    const tree = amend(growTree("a"), "a", { notes: ["first"] });
    expect(update(tree, { description: "d", command: "c", note: "second" }).node).toMatchObject({
      description: "d",
      command: "c",
      notes: ["first", "second"],
      status: "pending",
    });
  });

  it("can make a text empty", () => {
    expect(update(growTree("a"), { description: "" }).node.description).toBe("");
  });

  it("makes lone surrogates well-formed, so that the file can hold them", () => {
    const broken = "x\ud800";
    expect(
      update(growTree("a!failed"), { description: broken, command: broken, note: broken, reason: broken }).node,
    ).toMatchObject({ description: "x\ufffd", command: "x\ufffd", notes: ["x\ufffd"], reason: "x\ufffd" });
  });

  it("refuses an unknown id, and names the nearest", () => {
    expect(() => update(growTree("baseline"), { note: "x" }, "baselin")).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'baseline'?" }),
    );
  });
});

it("updateNode leaves children in step and every other node as it was, whatever it changes", () => {
  const request = fc.record(
    {
      status: fc.constantFrom(...statuses.filter((each) => each !== "pruned")),
      note: fc.string(),
      command: fc.string(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(someTree, fc.nat(), request, (tree, at, wanted) => {
      const id = `n${at % tree.nodes.length}`;
      const node = findNode(tree, id);
      fc.pre(
        wanted.status === undefined ||
          (node?.status !== "pruned" && (node?.results != null || wanted.status !== "completed")),
      );
      const changed = update(tree, wanted, id).tree;
      expect(outOfStep(changed)).toEqual([]);
      expect(changed.nodes.filter((each, i) => each !== tree.nodes[i]).map((each) => each.node_id)).toEqual([id]);
    }),
  );
});
