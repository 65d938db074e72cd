import { describe, expect, it } from "vitest";
import { emptyTree } from "../../src/tree/iteration-tree.ts";
import { iterationTreeJsonSchema, iterationTreeSchema, nodeSchema } from "../../src/tree/tree-schema.ts";

const nineKeys = [
  "node_id",
  "parent_id",
  "description",
  "command",
  "working_dir",
  "worktree",
  "status",
  "results",
  "children",
];

/** The node as the README of the reference shows it. */
const referenceNode = {
  node_id: "iter1_baseline",
  parent_id: null,
  description: "Baseline experiment",
  command: "python train.py",
  working_dir: ".",
  worktree: { path: ".worktrees/iter1_baseline", branch: "iter/iter1_baseline", commit: "a1b2c3d4" },
  status: "completed",
  results: { primary_metric: "accuracy", primary_value: 0.92, direction: "maximize" },
  children: [],
};

describe("nodeSchema", () => {
  it("reads the reference's node as it stands", () => {
    expect(nodeSchema.parse(referenceNode)).toMatchObject(referenceNode);
  });

  it("has the reference's nine keys first, in its order", () => {
    expect(Object.keys(nodeSchema.shape).slice(0, 9)).toEqual(nineKeys);
  });

  it("fills in what an id alone leaves open", () => {
    expect(nodeSchema.parse({ node_id: "a" })).toMatchObject({
      parent_id: null,
      description: "",
      command: "",
      working_dir: ".",
      worktree: null,
      status: "pending",
      results: null,
      children: [],
    });
  });

  it.each(["worktree", "results"])("reads null, {} and absence of %s alike", (key) => {
    for (const value of [null, {}, undefined]) {
      expect(nodeSchema.parse({ node_id: "a", [key]: value })[key]).toBeNull();
    }
    expect(nodeSchema.parse({ node_id: "a" })[key]).toBeNull();
  });

  it.each(["reason", "tags", "notes", "created_at", "updated_at", "recorded", "attempts", "before_prune"])(
    "reads null and absence of %s alike",
    (key) => {
      expect(nodeSchema.parse({ node_id: "a", [key]: null })[key]).toBeUndefined();
      expect(nodeSchema.parse({ node_id: "a" })[key]).toBeUndefined();
    },
  );

  it.each(["tags", "notes"])("reads one text as a list for %s", (key) => {
    expect(nodeSchema.parse({ node_id: "a", [key]: "night" })[key]).toEqual(["night"]);
  });

  it("reads an empty commit as none", () => {
    const worktree = { path: "p", branch: "b" };
    expect(nodeSchema.parse({ node_id: "a", worktree: { ...worktree, commit: "" } }).worktree?.commit).toBeNull();
    expect(nodeSchema.parse({ node_id: "a", worktree }).worktree?.commit).toBeNull();
  });

  it("keeps unknown keys, also inside worktree and results", () => {
    const node = {
      ...referenceNode,
      owner: "me",
      worktree: { ...referenceNode.worktree, host: "h" },
      results: { ...referenceNode.results, unit: "%" },
    };
    expect(nodeSchema.parse(node)).toMatchObject(node);
  });

  it("keeps what the optional keys hold", () => {
    const optional = {
      reason: "r",
      tags: ["t"],
      notes: ["n"],
      created_at: "c",
      updated_at: "u",
      recorded: { commit: "c", clean: true },
      attempts: [{ n: 1 }],
      before_prune: { status: "failed", reason: "r" },
    };
    expect(nodeSchema.parse({ node_id: "a", ...optional })).toMatchObject(optional);
  });

  it("reads a mapping of nothing but nulls as none, and one with a value as it stands", () => {
    expect(nodeSchema.parse({ node_id: "a", worktree: { path: null, branch: null } }).worktree).toBeNull();
    expect(nodeSchema.safeParse({ node_id: "a", worktree: { path: null, branch: "b" } }).success).toBe(false);
  });

  it("says that an id is expected where it is empty", () => {
    expect(nodeSchema.safeParse({ node_id: "" }).error?.issues[0]?.message).toBe("expected a node id");
  });

  it.each(["pending", "running", "waiting", "completed", "failed", "pruned"])("knows the status %s", (status) => {
    expect(nodeSchema.parse({ node_id: "a", status }).status).toBe(status);
  });

  it.each([
    ["an empty id", { node_id: "" }],
    ["no id", {}],
    ["a number as id", { node_id: 7 }],
    ["an unknown status", { node_id: "a", status: "done" }],
    ["a number as description", { node_id: "a", description: 7 }],
    ["a worktree without a branch", { node_id: "a", worktree: { path: "p" } }],
    ["results without a direction", { node_id: "a", results: { primary_metric: "x", primary_value: 1 } }],
    ["text as a value", { node_id: "a", results: { primary_metric: "x", primary_value: "1", direction: "maximize" } }],
    ["children that are no list", { node_id: "a", children: "b" }],
    ["a list as worktree", { node_id: "a", worktree: [] }],
  ])("refuses %s", (_, node) => {
    expect(nodeSchema.safeParse(node).success).toBe(false);
  });
});

describe("iterationTreeSchema", () => {
  it("reads an empty tree", () => {
    expect(iterationTreeSchema.parse(emptyTree)).toMatchObject({ version: 1, nodes: [] });
  });

  it("keeps unknown keys at the top", () => {
    expect(iterationTreeSchema.parse({ nodes: [], team: "vision" })).toMatchObject({ team: "vision" });
  });

  it.each([
    ["nodes that are no list", { nodes: 1 }],
    ["no nodes", {}],
    ["an objective without a direction", { objective: { metric: "x" }, nodes: [] }],
    ["an objective without a name", { objective: { metric: "", direction: "maximize" }, nodes: [] }],
  ])("refuses %s", (_, tree) => {
    expect(iterationTreeSchema.safeParse(tree).success).toBe(false);
  });
});

describe("iterationTreeJsonSchema", () => {
  interface Schema {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
    readonly anyOf?: readonly Schema[];
    readonly items?: Schema;
    readonly additionalProperties?: Schema | false;
  }
  const schema = iterationTreeJsonSchema() as Schema;
  const form = (type: string) => schema.properties?.["nodes"]?.anyOf?.find((each) => each.type === type);

  it("describes nodes as a list and as a mapping keyed by id", () => {
    for (const node of [form("array")?.items, form("object")?.additionalProperties]) {
      expect(Object.keys((node as Schema).properties ?? {})).toEqual(expect.arrayContaining(nineKeys));
    }
  });

  it("requires only the id of a node in a list, and nothing where the key is the id", () => {
    expect(form("array")?.items?.required).toEqual(["node_id"]);
    expect(form("object")?.additionalProperties).toMatchObject({ required: [] });
  });

  it("allows unknown keys at the top and in a node", () => {
    expect(schema.additionalProperties).not.toBe(false);
    expect(form("array")?.items?.additionalProperties).not.toBe(false);
  });

  it("can be written as JSON", () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
