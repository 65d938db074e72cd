import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { listVersions, showVersion } from "../../src/operations/history.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { pruneNode } from "../../src/operations/prune-node.ts";
import { undo } from "../../src/operations/undo.ts";
import { updateNode } from "../../src/operations/update-node.ts";
import type { Workspace } from "../../src/operations/workspace.ts";
import { loadHistory, restoreVersion } from "../../src/store/restore-version.ts";
import { tempRepository } from "../temp-repository.ts";

const open = (cwd: string, purpose = "test", dryRun = false) => openWorkspace({ cwd, create: true, purpose, dryRun });
const add = (workspace: Workspace, id: string, worktree = false) =>
  addNode(workspace, { id, description: "x", command: "y", worktree });

describe("undo", () => {
  it("takes back the last change, bytewise, and is taken back by the next undo", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    appendFileSync(repo.treeFile, "# a comment of mine\n");
    const before = readFileSync(repo.treeFile, "utf8");
    await updateNode(open(repo.root, "update a"), { id: "a", note: "n" });
    const after = readFileSync(repo.treeFile, "utf8");
    const undone = await undo(open(repo.root, "undo"), {});
    expect(readFileSync(repo.treeFile, "utf8")).toBe(before);
    expect(undone).toMatchObject({
      restored: 3,
      undone: [{ version: 4, command: "update a", node: "a" }],
      not_undone: [],
    });
    await undo(open(repo.root), {});
    expect(readFileSync(repo.treeFile, "utf8")).toBe(after);
  });

  it("goes back to any kept version, and names all that is taken back with it", async () => {
    const repo = tempRepository();
    for (const id of ["a", "b", "c"]) await add(open(repo.root, `add ${id}`), id);
    const undone = await undo(open(repo.root), { to: 2 });
    expect(undone.undone.map(({ command }) => command)).toEqual(["add c", "add b"]);
    expect((await open(repo.root).load()).nodes.map(({ node_id }) => node_id)).toEqual(["a"]);
    expect(showVersion(open(repo.root), 4)).toContain('node_id: "c"');
  });

  it("lists the worktrees and branches that it does not bring back, and those that it leaves behind", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    await add(open(repo.root), "b", true);
    const left = { node_id: "b", name: ".worktrees/b", what: "worktree" };
    const branch = { node_id: "b", name: "iter/b", what: "branch" };
    expect((await undo(open(repo.root), {})).not_undone).toEqual([
      { ...left, state: "stays" },
      { ...branch, state: "stays" },
    ]);
    await undo(open(repo.root), {});
    await deleteNode(open(repo.root), { id: "b" });
    expect((await undo(open(repo.root), {})).not_undone).toEqual([
      { ...left, state: "gone" },
      { ...branch, state: "gone" },
    ]);
  });

  it("lists a worktree that a node has again only on paper, after its removal is undone", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a", true);
    await pruneNode(open(repo.root), { id: "a", reason: "r", removeWorktree: true });
    expect((await undo(open(repo.root), {})).not_undone).toEqual([
      { node_id: "a", what: "worktree", name: ".worktrees/a", state: "gone" },
    ]);
  });

  it("can be undone also when the version before was broken, and says that it was", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    writeFileSync(repo.treeFile, "nodes: [");
    await undo(open(repo.root), { to: 2 });
    const warnings: string[] = [];
    await undo(openWorkspace({ cwd: repo.root, warn: (message) => void warnings.push(message) }), {});
    expect(readFileSync(repo.treeFile, "utf8")).toBe("nodes: [");
    expect(warnings).toEqual([expect.stringContaining("version 3 was broken")]);
  });

  it("touches no file that is not UTF-8: it could only be kept damaged", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    writeFileSync(repo.treeFile, Buffer.from("# caf\xe9\n", "latin1"));
    await expect(undo(open(repo.root), { to: 2 })).rejects.toMatchObject({ exitCode: 5 });
    expect(readFileSync(repo.treeFile)).toEqual(Buffer.from("# caf\xe9\n", "latin1"));
  });

  it("does not sweep away an edit by hand: only --to does, and then that is a version, too", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    await updateNode(open(repo.root, "update a"), { id: "a", note: "n" });
    appendFileSync(repo.treeFile, "# by hand\n");
    const edited = readFileSync(repo.treeFile, "utf8");
    await expect(undo(open(repo.root), {})).rejects.toMatchObject({
      exitCode: 4,
      message: "The file was changed or deleted by hand since version 3 (update a)",
      hint: expect.stringContaining("undo --to 3"),
    });
    expect(readFileSync(repo.treeFile, "utf8")).toBe(edited);
    expect(await undo(open(repo.root), { to: 2 })).toMatchObject({ edited_by_hand: true });
    expect((await listVersions(open(repo.root), {})).versions[1]).toMatchObject({ version: 4, command: null });
    expect(showVersion(open(repo.root), 4)).toBe(edited);
  });

  it("does not sweep away what another writer did between looking and undoing", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    await updateNode(open(repo.root), { id: "a", note: "n" });
    const workspace = open(repo.root);
    const seen = loadHistory(workspace.file);
    await updateNode(open(repo.root, "update by another"), { id: "a", note: "more" });
    const text = readFileSync(repo.treeFile, "utf8");
    const options = { purpose: "undo", now: "2026-01-02T03:04:05Z", dryRun: false };
    await expect(restoreVersion(workspace.file, options, { version: 2, seen })).rejects.toMatchObject({
      exitCode: 4,
      message: "Meanwhile version 4 (update by another) was written; nothing was undone",
    });
    expect(readFileSync(repo.treeFile, "utf8")).toBe(text);
  });

  it("brings back a file that was broken by hand, or is gone", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    const good = readFileSync(repo.treeFile, "utf8");
    writeFileSync(repo.treeFile, "nodes: [");
    await undo(open(repo.root), { to: 2 });
    expect(readFileSync(repo.treeFile, "utf8")).toBe(good);
    expect(showVersion(open(repo.root), 3)).toBe("nodes: [");
    rmSync(repo.treeFile);
    await undo(open(repo.root), { to: 2 });
    expect(readFileSync(repo.treeFile, "utf8")).toBe(good);
  });

  it("only plans in a dry run", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    const text = readFileSync(repo.treeFile, "utf8");
    const workspace = open(repo.root, "undo", true);
    await undo(workspace, {});
    expect(readFileSync(repo.treeFile, "utf8")).toBe(text);
    expect(workspace.plan).toMatchObject({ differences: [{ kind: "remove", id: "a" }] });
    expect(loadHistory(workspace.file).versions).toHaveLength(2);
  });

  it("says what is kept when there is nothing to undo, or no such version", async () => {
    const repo = tempRepository();
    writeFileSync(repo.treeFile, "nodes: []\n");
    await expect(undo(open(repo.root), {})).rejects.toMatchObject({ exitCode: 3 });
    await add(open(repo.root), "a");
    await expect(undo(open(repo.root), { to: 7 })).rejects.toMatchObject({
      exitCode: 3,
      message: "Version 7 is not kept",
      hint: "Versions 1 to 2 are: tree-autoresearch history",
    });
  });
});

describe("history", () => {
  it("says where it looked when there is neither a tree file nor its history", () => {
    const { root } = tempRepository();
    expect(() => openWorkspace({ cwd: root, mayBeGone: true })).toThrow(
      expect.objectContaining({ exitCode: 3, message: expect.stringContaining("looked for") }),
    );
  });

  it("lists the newest first, of one node or of all", async () => {
    const repo = tempRepository();
    for (const id of ["a", "b"]) await add(open(repo.root, `add ${id}`), id);
    await updateNode(open(repo.root, "update a"), { id: "a", note: "n" });
    const commands = async (request: Parameters<typeof listVersions>[1]) =>
      (await listVersions(open(repo.root), request)).versions.map(({ command }) => command);
    expect(await commands({})).toEqual(["update a", "add b", "add a", "a new file"]);
    expect(await commands({ id: "b" })).toEqual(["add b"]);
    expect(await commands({ limit: 2 })).toEqual(["update a", "add b"]);
  });
});
