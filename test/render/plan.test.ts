import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderPlan } from "../../src/render/plan.ts";
import type { TreeDifference } from "../../src/tree/diff-trees.ts";
import { diffTrees } from "../../src/tree/diff-trees.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "../tree/sample-trees.ts";
import { hostileText, obeyed } from "./hostile-text.ts";

describe("renderPlan", () => {
  it("lists the steps first, then what would change in the file", () => {
    const before = growTree("gone", "a");
    const after = amend(growTree("a", "new"), "a", { reason: "noise" });
    expect(renderPlan({ steps: ["create branch iter/new"], differences: diffTrees(before, after) })).toBe(
      ["would: create branch iter/new", "- gone", '~ a.reason: null -> "noise"', "+ new: try new"].join("\n"),
    );
  });

  it("says so when nothing would change", () => {
    expect(renderPlan({ steps: [], differences: [] })).toBe("Nothing would change.");
  });

  it("shows nested values on one line", () => {
    const differences: TreeDifference[] = [
      { kind: "change", id: "a", key: "results", from: null, to: { x: [1, "y"] } },
    ];
    expect(renderPlan({ steps: [], differences })).toBe('~ a.results: null -> {"x":[1,"y"]}');
  });

  it("has one line a step and lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (id, key, text) => {
        const node = { ...requireNode(growTree("a"), "a"), node_id: id, description: text };
        const differences: TreeDifference[] = [
          { kind: "remove", id },
          { kind: "add", node },
          { kind: "change", id, key, from: text, to: { [text]: [text] } },
        ];
        const shown = renderPlan({ steps: [text], differences });
        expect(obeyed(shown)).toEqual([]);
        expect(shown.split("\n")).toHaveLength(4);
      }),
      { numRuns: 300 },
    );
  });
});
