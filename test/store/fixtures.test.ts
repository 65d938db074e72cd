import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { editText } from "../../src/store/edit-text.ts";
import { readTree } from "../../src/store/read-tree.ts";
import { addNode } from "../../src/tree/add-node.ts";
import type { Change } from "../../src/tree/change.ts";
import { deleteNode } from "../../src/tree/delete-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { askPeer, hasPeer, type Tagged, untag } from "./peer.ts";

// Trees as PyYAML dumps them in each shape that the reference allows, then edited by hand.
const folder = new URL("../fixtures/", import.meta.url);
const fixtures = readdirSync(folder).map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
const now = "2026-01-02T03:04:05Z";

const results = parseResults({ primary_metric: "accuracy", primary_value: 0.941, direction: "maximize", seed: "007" });
const changes: Record<string, (tree: IterationTree) => Change> = {
  add: (tree) => addNode(tree, { id: "new", parent: "iter2_lr", description: "no", command: "a: b", now }),
  update: (tree) => updateNode(tree, { id: "iter1_baseline", results, note: "5e-4", now }),
  sync: (tree) => setCommit(tree, { id: "iter1_baseline", commit: "1".repeat(40), now }),
  prune: (tree) => pruneNode(tree, { id: "iter2_lr", reason: "on", now }),
  unprune: (tree) => unpruneNode(tree, { id: "iter3_vit", now }),
  delete: (tree) => deleteNode(tree, { id: "iter3_vit" }),
};

describe.each(fixtures)("$name", ({ name, text }) => {
  it("is read with the values that its fields mean", () => {
    const { tree } = readTree(text, name);
    expect(tree.nodes.map(({ node_id, parent_id, status }) => [node_id, parent_id, status])).toEqual([
      ["iter1_baseline", null, "completed"],
      ["iter2_lr", "iter1_baseline", "completed"],
      ["iter3_vit", "iter1_baseline", "pruned"],
    ]);
    expect(tree.nodes[0]?.worktree?.commit).toBe("12345e67");
    expect(tree.nodes[1]?.description).toBe('lr: 1e-3 → 5e-4, "cosine"');
    expect(tree.nodes[2]).toMatchObject({ description: "yes", worktree: null, results: null });
    expect(tree.nodes[2]?.command).toBe("python train.py \\\n  --model vit \\\n  --epochs 30\n");
  });

  it.each(Object.keys(changes))("%s changes its own lines only, and every comment stays", (change) => {
    const source = readTree(text, name);
    const edited = editText(source, changes[change]?.(source.tree).tree as IterationTree);
    expect(edited.isRewritten).toBe(false);
    const removed = text.split("\n").filter((line) => !edited.text.includes(line));
    // A flow style file has its nodes on shared lines; elsewhere at most the lines of the node itself go.
    expect(removed.length).toBeLessThanOrEqual(change === "delete" ? 16 : 5);
    if (change !== "delete") {
      for (const comment of text.match(/#.*$/gm) ?? []) expect(edited.text).toContain(comment);
    }
    expect(edited.text.includes("\r\n")).toBe(text.includes("\r\n"));
    if (text.includes("\r\n")) expect(edited.text).not.toMatch(/[^\r]\n/);
  });

  it.skipIf(!hasPeer)("after any change, PyYAML finds every other value as it was", () => {
    const source = readTree(text, name);
    const edited = Object.values(changes).map((change) => editText(source, change(source.tree).tree).text);
    const [was, ...is] = askPeer([text, ...edited].map((load) => ({ load }))).map(
      ({ value }) => untag(value as Tagged) as { nodes: unknown },
    );
    for (const { nodes, ...rest } of is) {
      const { nodes: nodesBefore, ...restBefore } = was as { nodes: unknown };
      expect(rest).toEqual(restBefore);
      expect(Array.isArray(nodes)).toBe(Array.isArray(nodesBefore));
      const before = Object.values(nodesBefore as Record<string, Record<string, unknown>>);
      for (const node of Object.values(nodes as Record<string, Record<string, unknown>>)) {
        const old = before.find(({ command }) => command === node["command"]);
        for (const key of Object.keys(old ?? {})) {
          if (["status", "reason", "results", "children", "worktree", "updated_at"].includes(key)) continue;
          expect(node[key], key).toEqual(old?.[key]);
        }
      }
    }
  });
});
