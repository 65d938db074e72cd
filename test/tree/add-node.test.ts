import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AddRequest, addNode } from "../../src/tree/add-node.ts";
import { findNode } from "../../src/tree/find-node.ts";
import { emptyTree } from "../../src/tree/iteration-tree.ts";
import { worktreeFor } from "../../src/tree/worktree.ts";
import { growTree } from "../grow-tree.ts";
import { amend, chainOf, outOfStep, someTree } from "./sample-trees.ts";

const now = "2026-01-02T03:04:05Z";
const request: AddRequest = { id: "new", description: "halve the rate", command: "python train.py", now };

describe("addNode", () => {
  it("makes a node without a parent a root", () => {
    const { tree, node } = addNode(emptyTree, request);
    expect(node).toMatchObject({ node_id: "new", parent_id: null });
    expect(tree.nodes).toEqual([node]);
  });

  it("puts a node under its parent, after the children that were there", () => {
    const { tree, node } = addNode(growTree("root", "a<root"), { ...request, parent: "root" });
    expect(node.parent_id).toBe("root");
    expect(findNode(tree, "root")?.children).toEqual(["a", "new"]);
  });

  it("starts a node as pending, without worktree, results or children", () => {
    expect(addNode(emptyTree, request).node).toMatchObject({
      status: "pending",
      worktree: null,
      results: null,
      children: [],
      working_dir: ".",
      description: "halve the rate",
      command: "python train.py",
      created_at: now,
    });
  });

  it("records where the worktree and its branch will be, without a commit", () => {
    const { node } = addNode(emptyTree, { ...request, worktree: true });
    expect(node.worktree).toEqual({ path: ".worktrees/new", branch: "iter/new", commit: null });
    expect(node.worktree).toEqual(worktreeFor("new"));
  });

  it("numbers a generated id one above the highest in the tree and names it after the description", () => {
    const tree = growTree("iter2_a", "iter10_b", "other");
    expect(addNode(tree, { ...request, id: undefined }).node.node_id).toBe("iter11_halve_the_rate");
  });

  it("generates an id for a description in which nothing can be sluggified", () => {
    expect(addNode(emptyTree, { ...request, id: undefined, description: "学习率" }).node.node_id).toBe("iter1");
  });

  it("gives two nodes with the same description two ids when none is given", () => {
    const once = addNode(emptyTree, { ...request, id: undefined }).tree;
    expect(addNode(once, { ...request, id: undefined }).tree.nodes.map((node) => node.node_id)).toEqual([
      "iter1_halve_the_rate",
      "iter2_halve_the_rate",
    ]);
  });

  it("takes an empty working directory for the worktree's own", () => {
    expect(addNode(emptyTree, { ...request, workingDir: "" }).node.working_dir).toBe(".");
  });

  it("keeps working directory and tags", () => {
    const { node } = addNode(emptyTree, { ...request, workingDir: "src", tags: ["lr", "night"] });
    expect(node).toMatchObject({ working_dir: "src", tags: ["lr", "night"] });
  });

  it("says nothing about tags when there are none", () => {
    expect(addNode(emptyTree, { ...request, tags: [] }).node.tags).toBeUndefined();
  });

  it("leaves every node but the parent the same object", () => {
    const tree = growTree("root", "a<root", "b");
    const { nodes } = addNode(tree, { ...request, parent: "root" }).tree;
    expect(nodes[1]).toBe(tree.nodes[1]);
    expect(nodes[2]).toBe(tree.nodes[2]);
  });

  it("does not change the tree that it was given", () => {
    const tree = growTree("root", "a<root");
    const before = structuredClone(tree);
    addNode(tree, { ...request, parent: "root" });
    expect(tree).toEqual(before);
  });

  it("keeps the tree's objective and unknown keys", () => {
    const objective = { metric: "loss", direction: "minimize" } as const;
    const { tree } = addNode({ ...emptyTree, objective, extra: [1] }, request);
    expect(tree).toMatchObject({ version: 1, objective, extra: [1] });
  });

  it("brings the hand-edited children of the parent in step", () => {
    const tree = amend(growTree("root", "a<root"), "root", { children: ["gone"] });
    expect(outOfStep(addNode(tree, { ...request, parent: "root" }).tree)).toEqual([]);
  });

  it("makes lone surrogates in texts well-formed, so that the file can hold them", () => {
    const { node } = addNode(emptyTree, {
      ...request,
      description: "a\ud800b",
      command: "run \udc00",
      workingDir: "d\ud83d",
    });
    expect(node).toMatchObject({ description: "a\ufffdb", command: "run \ufffd", working_dir: "d\ufffd" });
  });

  it("makes lone surrogates in tags well-formed", () => {
    expect(addNode(emptyTree, { ...request, tags: ["a\ud800"] }).node.tags).toEqual(["a\ufffd"]);
  });

  it("keeps whole surrogate pairs", () => {
    expect(addNode(emptyTree, { ...request, description: "🚀 up" }).node.description).toBe("🚀 up");
  });

  it("adds under the last of 10,000 nodes in a chain", () => {
    const { tree, node } = addNode(chainOf(10_000), { ...request, parent: "n9999" });
    expect(node.parent_id).toBe("n9999");
    expect(tree.nodes).toHaveLength(10_001);
  });

  it("warns that a node under a pruned one counts as pruned, and names that one", () => {
    const tree = growTree("root!pruned", "a<root", "b<a");
    expect(addNode(tree, { ...request, parent: "b" }).warnings).toEqual([
      "'new' counts as pruned: 'root' above it is pruned",
    ]);
  });

  it("has no warning when nothing above is pruned", () => {
    expect(addNode(growTree("a", "b!pruned"), { ...request, parent: "a" }).warnings).toEqual([]);
  });

  it("only ever adds one node and leaves children in step", () => {
    fc.assert(
      fc.property(someTree, fc.nat(), (tree, at) => {
        const parent = tree.nodes[at % (tree.nodes.length + 1)]?.node_id;
        const added = addNode(tree, { ...request, parent });
        expect(added.tree.nodes).toHaveLength(tree.nodes.length + 1);
        expect(outOfStep(added.tree)).toEqual([]);
      }),
    );
  });
});

describe("addNode with an id that exists", () => {
  const full = { ...request, parent: "root", workingDir: "src", tags: ["lr"] };
  const tree = addNode(growTree("root", "other"), full).tree;

  it("changes nothing when the content is the same, also at a later time", () => {
    expect(addNode(tree, { ...full, now: "2027-01-01T00:00:00Z" })).toEqual({
      tree,
      node: findNode(tree, "new"),
      warnings: [],
    });
    expect(addNode(tree, full).tree).toBe(tree);
  });

  it("changes nothing when the node has got results in the meantime", () => {
    const run = amend(tree, "new", { status: "running", notes: ["at night"] });
    expect(addNode(run, full).tree).toBe(run);
  });

  it("adds the worktree that is asked for now, and nothing else", () => {
    const { node } = addNode(tree, { ...full, worktree: true });
    expect(node).toEqual({ ...findNode(tree, "new"), worktree: worktreeFor("new") });
  });

  it("keeps a worktree that is there when none is asked for", () => {
    const withWorktree = addNode(tree, { ...full, worktree: true }).tree;
    expect(addNode(withWorktree, full).tree).toBe(withWorktree);
  });

  it.each([
    ["description", { description: "another" }],
    ["command", { command: "another" }],
    ["working directory", { workingDir: "lib" }],
    ["parent", { parent: "other" }],
    ["lack of a parent", { parent: undefined }],
    ["tags", { tags: ["lr", "wd"] }],
    ["lack of tags", { tags: undefined }],
  ])("refuses another %s", (_, other) => {
    expect(() => addNode(tree, { ...full, ...other })).toThrow(
      expect.objectContaining({ code: "node-exists", exitCode: 4 }),
    );
  });

  it("refuses an id that differs in case only, and names the one that exists", () => {
    expect(() => addNode(tree, { ...full, id: "NEW" })).toThrow(/'new' exists/);
  });

  it("takes an empty list of tags in the file for no tags", () => {
    const bare = amend(addNode(emptyTree, request).tree, "new", { tags: [] });
    expect(addNode(bare, request).tree).toBe(bare);
  });
});

describe("addNode refuses", () => {
  it.each(["-x", "a..b", "a/b", "", "con", "a.lock", "x".repeat(101)])("the id %j, as a wrong call", (id) => {
    expect(() => addNode(emptyTree, { ...request, id })).toThrow(
      expect.objectContaining({ code: "invalid-id", exitCode: 2 }),
    );
  });

  it("an unknown parent, and names the nearest node", () => {
    expect(() => addNode(growTree("baseline"), { ...request, parent: "baselin" })).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'baseline'?" }),
    );
  });

  it("a parent in another case, and names the right one", () => {
    expect(() => addNode(growTree("Root"), { ...request, parent: "root" })).toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'Root'?" }),
    );
  });

  it("the node itself as its parent", () => {
    expect(() => addNode(emptyTree, { ...request, parent: "new" })).toThrow(expect.objectContaining({ exitCode: 3 }));
  });
});
