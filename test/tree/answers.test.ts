import { describe, expect, it } from "vitest";
import { listFields, rowValue } from "../../src/render/list.ts";
import { type Answer, answers, answersJsonSchema } from "../../src/tree/answers.ts";
import { bestPath, paretoFront } from "../../src/tree/best-path.ts";
import { compareNodes } from "../../src/tree/compare-nodes.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { growTree } from "../grow-tree.ts";
import { amend } from "./sample-trees.ts";

const tree = growTree("root=0.8", "a<root=0.9", "b<root!failed");
const several = parseResults({
  objectives: [
    { metric: "accuracy", value: 0.9, direction: "maximize" },
    { metric: "latency", value: 12, direction: "minimize" },
  ],
});
const accepts = (name: keyof typeof answers, value: unknown) => answers[name].safeParse(value).success;
const compared: Answer<"compare"> = {
  a: { node_id: "a", status: "completed", command: "c", description: "d", commit: null },
  b: { node_id: "b", status: "failed", command: "c", description: "d", commit: "a1b2c3d4" },
  ancestor: "root",
  objectives: compareNodes(tree, "root", "a").objectives.map(({ isPrimary, percent, ...rest }) => ({
    ...rest,
    percent: percent ?? null,
    primary: isPrimary,
  })),
  diff: null,
};
const leaf = {
  node_id: "a",
  status: "pending",
  value: null,
  change: null,
  best: false,
  on_best_path: false,
  description: "d",
  parent_id: null,
  depth: 0,
};
const worktree = {
  node_id: "a",
  path: "/repository/.worktrees/a",
  branch: "iter/a",
  commit: null,
  head: "a1b2c3d4",
  clean: true,
  modified: [],
  untracked: [],
  ignored: 0,
  disk_bytes: 0,
  run: "cd .worktrees/a && python train.py",
};

describe("the shapes of --json", () => {
  it("hold a node with and without results", () => {
    for (const id of ["root", "b"]) expect(accepts("node", requireNode(tree, id))).toBe(true);
  });

  it("hold a list with any of the fields", () => {
    const fields = Object.keys(listFields) as (keyof typeof listFields)[];
    const rows = tree.nodes.map((node) => Object.fromEntries(fields.map((field) => [field, rowValue(node, field)])));
    expect(accepts("list", rows)).toBe(true);
    expect(accepts("list", [])).toBe(true);
    expect(accepts("list", [{ value: true }])).toBe(false);
  });

  it("hold what validate says of results and of a file, and nothing invalid", () => {
    expect(accepts("validate", { valid: true, nodes: 12 })).toBe(true);
    expect(accepts("validate", { valid: true, results: several })).toBe(true);
    expect(accepts("validate", { valid: false, nodes: 12 })).toBe(false);
  });

  it("hold a drawn tree, flat", () => {
    const objective = { metric: "accuracy", direction: "maximize" };
    expect(accepts("visualize", { objective, nodes: [leaf, { ...leaf, hidden: 2, reason: "r" }] })).toBe(true);
    expect(accepts("visualize", { objective: null, nodes: [] })).toBe(true);
    expect(accepts("visualize", { objective, nodes: [{ ...leaf, depth: "1" }] })).toBe(false);
  });

  it("hold a comparison, with null for a percent of 0", () => {
    expect(accepts("compare", compared)).toBe(true);
    const [first] = compared.objectives;
    expect(accepts("compare", { ...compared, objectives: [{ ...first, percent: null }] })).toBe(true);
  });

  it("hold the best path and the front", () => {
    const { objective, steps } = bestPath(tree);
    const shown = steps.map(({ node, value, change }) => ({
      node_id: node.node_id,
      value: value ?? null,
      change: change ?? null,
      description: node.description,
    }));
    expect(accepts("best-path", { objective, steps: shown })).toBe(true);
    const { objectives, front } = paretoFront(amend(tree, "a", { results: several }));
    const members = front.map(({ node, values }) => ({ node_id: node.node_id, values, description: "d" }));
    expect(accepts("pareto", { objectives, front: members })).toBe(true);
  });

  it("hold a worktree, also with a detached HEAD", () => {
    expect(accepts("worktree", worktree)).toBe(true);
    expect(accepts("worktree", { ...worktree, branch: null })).toBe(true);
    expect(accepts("worktree", { ...worktree, run: undefined })).toBe(false);
  });

  it("hold removals, deletions and plans", () => {
    const error = { code: "dirty-worktree", message: "m" };
    expect(
      accepts("removal", [
        { node_id: "a", removed: true },
        { node_id: "b", removed: false, error },
      ]),
    ).toBe(true);
    expect(accepts("delete", { deleted: ["a"] })).toBe(true);
    expect(accepts("plan", { dry_run: true, steps: [], differences: [{ kind: "remove", id: "a" }] })).toBe(true);
    expect(accepts("plan", { dry_run: false, steps: [], differences: [] })).toBe(false);
  });

  it("hold an error with and without a hint", () => {
    const error = { code: "node-not-found", message: "No node 'x' in the tree" };
    expect(accepts("error", { error })).toBe(true);
    expect(accepts("error", { error: { ...error, hint: "Did you mean 'a'?" } })).toBe(true);
    expect(accepts("error", error)).toBe(false);
  });

  it("have no place for NaN or Infinity", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(accepts("list", [{ value }])).toBe(false);
      expect(accepts("compare", { ...compared, objectives: [{ ...compared.objectives[0], a: value }] })).toBe(false);
      expect(accepts("visualize", { objective: null, roots: [{ ...leaf, value }] })).toBe(false);
    }
  });
});

describe("answersJsonSchema", () => {
  it("describes every shape by its name and can be written as JSON", () => {
    const schema = answersJsonSchema();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(Object.keys(schema["properties"] as object)).toEqual(Object.keys(answers));
  });
});
