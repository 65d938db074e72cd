import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node.ts";
import { compareNodes } from "../../src/operations/compare-nodes.ts";
import { createNodeWorktree } from "../../src/operations/create-worktree.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { describeWorktree } from "../../src/operations/describe-worktree.ts";
import { listVersions } from "../../src/operations/history.ts";
import { type OpenOptions, openWorkspace } from "../../src/operations/open-workspace.ts";
import { pruneNode, unpruneNode } from "../../src/operations/prune-node.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import { undo } from "../../src/operations/undo.ts";
import { updateNode } from "../../src/operations/update-node.ts";
import type { Workspace } from "../../src/operations/workspace.ts";
import { findNode } from "../../src/tree/find-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { program, runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

const good = parseResults({ primary_metric: "accuracy", primary_value: 0.9, direction: "maximize" });

function open(repo: TempRepository, options: OpenOptions = {}): Workspace & { readonly warnings: string[] } {
  const warnings: string[] = [];
  const workspace = openWorkspace({
    cwd: repo.root,
    create: true,
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { ...workspace, warnings };
}

const add = (workspace: Workspace, id: string, more: object = {}) =>
  addNode(workspace, { id, description: `try ${id}`, command: "node train.mjs", worktree: true, ...more });

function commitIn(repo: TempRepository, id: string, text: string): string {
  repo.write(`.worktrees/${id}/train.mjs`, text);
  repo.git("-C", join(repo.root, ".worktrees", id), "commit", "--quiet", "-am", text);
  return repo.git("-C", join(repo.root, ".worktrees", id), "rev-parse", "HEAD");
}

describe("addNode", () => {
  it("makes the schema's copy again when the state folder was deleted", async () => {
    const repo = tempRepository();
    const state = ".git/tree-autoresearch/ITERATION_TREE.yaml";
    await addNode(openWorkspace({ cwd: repo.root, create: true }), { id: "a", description: "x", command: "y" });
    const schema = repo.read(`${state}/iteration-tree.schema.json`);
    rmSync(join(repo.root, ".git/tree-autoresearch"), { recursive: true });
    await updateNode(openWorkspace({ cwd: repo.root }), { id: "a", status: "running" });
    expect(repo.read(`${state}/iteration-tree.schema.json`)).toBe(schema);
  });

  it("tells an id that no version and no node has", async () => {
    const repo = tempRepository();
    const workspace = openWorkspace({ cwd: repo.root, create: true });
    await addNode(workspace, { id: "alpha", description: "x", command: "y" });
    expect((await listVersions(workspace, { id: "alpha" })).versions).toHaveLength(1);
    await expect(listVersions(workspace, { id: "alpah" })).rejects.toThrow(
      expect.objectContaining({ exitCode: 3, hint: "Did you mean 'alpha'?" }),
    );
    await deleteNode(openWorkspace({ cwd: repo.root }), { id: "alpha" });
    expect((await listVersions(workspace, { id: "alpha" })).versions).toHaveLength(2);
  });

  it("begins the tree file, names its schema, and keeps it and the worktrees out of git", async () => {
    const repo = tempRepository();
    await add(open(repo), "a");
    expect(repo.read("ITERATION_TREE.yaml").split("\n")[0]).toBe(
      "# yaml-language-server: $schema=.git/tree-autoresearch/ITERATION_TREE.yaml/iteration-tree.schema.json",
    );
    expect(
      JSON.parse(repo.read(".git/tree-autoresearch/ITERATION_TREE.yaml/iteration-tree.schema.json")),
    ).toHaveProperty("properties.nodes");
    expect(repo.git("status", "--porcelain")).toBe("");
    expect(repo.git("-C", join(repo.root, ".worktrees/a"), "branch", "--show-current")).toBe("iter/a");
  });

  it("starts from the parent's recorded commit, else from its branch, else from HEAD", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    const start = (id: string) => repo.git("rev-parse", `iter/${id}`);
    await add(workspace, "a");
    const recorded = commitIn(repo, "a", "recorded");
    await syncCommit(workspace, { id: "a" });
    const ahead = commitIn(repo, "a", "ahead, not recorded");
    await add(workspace, "from_commit", { parent: "a" });
    expect(start("from_commit")).toBe(recorded);
    await add(workspace, "b");
    const tip = commitIn(repo, "b", "never synced");
    await add(workspace, "from_branch", { parent: "b" });
    expect(start("from_branch")).toBe(tip);
    await addNode(workspace, { id: "c", description: "x", command: "y" });
    await add(workspace, "from_head", { parent: "c" });
    expect(start("from_head")).toBe(repo.git("rev-parse", "HEAD"));
    await add(workspace, "from_rev", { parent: "a", from: "iter/a" });
    expect(start("from_rev")).toBe(ahead);
  });

  it("is a success without a write when it is said again", async () => {
    const repo = tempRepository();
    await add(open(repo), "a");
    const before = repo.read("ITERATION_TREE.yaml");
    await add(open(repo), "a");
    expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
  });

  it("creates the worktree that an add without one, or a killed one, left out", async () => {
    const repo = tempRepository();
    await add(open(repo), "a", { worktree: false });
    await add(open(repo), "a");
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
    repo.git("worktree", "remove", ".worktrees/a");
    await add(open(repo), "a");
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
  });

  it("takes the node back when git fails, so that nothing half-made stays", async () => {
    const repo = tempRepository();
    await addNode(open(repo), { id: "root", description: "x", command: "y" });
    const before = repo.read("ITERATION_TREE.yaml");
    repo.write(".git/worktrees", "a file where git needs a folder");
    await expect(add(open(repo), "a", { parent: "root" })).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });

  it("takes the file away again when git fails at the first add, and its history with it", async () => {
    const repo = tempRepository();
    repo.write(".git/worktrees", "a file where git needs a folder");
    await expect(add(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
    expect(repo.exists(".git/tree-autoresearch/ITERATION_TREE.yaml/history")).toBe(false);
  });

  it("takes only its node back when the first add fails and the file holds more by then", async () => {
    const repo = tempRepository();
    repo.write(".git/worktrees", "a file where git needs a folder");
    const workspace = open(repo);
    const edit: Workspace["edit"] = async (...args) => {
      const edited = await workspace.edit(...args);
      repo.write("ITERATION_TREE.yaml", `${repo.read("ITERATION_TREE.yaml")}# a thought\n`);
      return edited;
    };
    await expect(add({ ...workspace, edit }, "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.read("ITERATION_TREE.yaml")).toContain("# a thought");
    expect((await workspace.load()).nodes).toEqual([]);
  });

  it("keeps the history of a file that was deleted by hand when a first add fails", async () => {
    const repo = tempRepository();
    await addNode(open(repo), { id: "root", description: "x", command: "y" });
    rmSync(repo.treeFile);
    repo.write(".git/worktrees", "a file where git needs a folder");
    await expect(add(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
    await undo(open(repo), { to: 2 });
    expect((await open(repo).load()).nodes).toHaveLength(1);
  });

  it("gives adds that run at once ids and worktrees of their own", async () => {
    const repo = tempRepository();
    await add(open(repo), "root");
    await Promise.all(
      Array.from({ length: 6 }, () =>
        addNode(open(repo), { parent: "root", description: "same words", command: "x", worktree: true }),
      ),
    );
    const ids = (await open(repo).load()).nodes.map((node) => node.node_id);
    expect(ids.slice(1).toSorted()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `iter${n}_same_words`));
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(8);
  });

  it("refuses a file in place of .worktrees before anything is written", async () => {
    const repo = tempRepository();
    repo.write(".worktrees", "a file");
    await expect(add(open(repo), "a")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("is a file"),
    });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
  });

  it("refuses a symbolic link in place of .worktrees: nothing is checked out outside", async () => {
    const repo = tempRepository();
    const outside = tempFolder();
    symlinkSync(outside, join(repo.root, ".worktrees"));
    await expect(add(open(repo), "a")).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("symbolic link"),
    });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
  });
});

describe("updateNode", () => {
  it("remembers the commit that the worktree was at and whether it was clean, and pins it", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const commit = commitIn(repo, "a", "v1");
    const { node } = await updateNode(workspace, { id: "a", results: good });
    expect(node).toMatchObject({ status: "completed", recorded: { commit, clean: true } });
    expect(repo.git("for-each-ref", "--format=%(objectname)", "refs/tree-autoresearch/a")).toBe(commit);
    repo.write(".worktrees/a/train.mjs", "dirty");
    expect((await updateNode(workspace, { id: "a", results: good })).node.recorded).toMatchObject({ clean: false });
  });
});

describe("syncCommit", () => {
  it("records a commit that can be checked out after its branch is gone and git collected garbage", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.write(".worktrees/a/train.mjs", "the exact code\n");
    const { commit } = await syncCommit(workspace, { id: "a", message: "exact" });
    expect(findNode(await workspace.load(), "a")?.worktree?.commit).toBe(commit);
    await deleteNode(workspace, { id: "a" });
    repo.git("reflog", "expire", "--expire=now", "--all");
    repo.git("gc", "--quiet", "--prune=now");
    repo.git("checkout", "--quiet", commit);
    expect(repo.read("train.mjs")).toBe("the exact code\n");
  });

  it("refuses modified files, warns of untracked ones, and takes --allow-dirty", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.write(".worktrees/a/train.mjs", "dirty");
    await expect(syncCommit(workspace, { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree", exitCode: 4 });
    repo.write(".worktrees/a/notes.txt", "");
    await syncCommit(workspace, { id: "a", allowDirty: true });
    expect(workspace.warnings).toContain("1 untracked file is not part of the commit: notes.txt");
  });

  it("with a message commits what is new, changed and deleted, or nothing when all is committed", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.write(".worktrees/a/new file.txt", "x");
    rmSync(join(repo.root, ".worktrees/a/train.mjs"));
    const { commit } = await syncCommit(workspace, { id: "a", message: '--amend $(id) "quoted"' });
    expect(repo.git("show", "--format=%s", "--name-status", commit)).toBe(
      '--amend $(id) "quoted"\n\nA\tnew file.txt\nD\ttrain.mjs',
    );
    expect((await syncCommit(workspace, { id: "a", message: "again" })).commit).toBe(commit);
  });

  it("with a message ends a merge that is resolved", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const own = commitIn(repo, "a", "one side");
    repo.write("train.mjs", "other side");
    repo.git("commit", "--quiet", "-am", "other");
    const git = (...args: string[]) => repo.git("-C", join(repo.root, ".worktrees/a"), ...args);
    expect(() => git("merge", "main")).toThrow();
    git("checkout", "--quiet", "--ours", "train.mjs");
    git("add", "train.mjs");
    const { commit } = await syncCommit(workspace, { id: "a", message: "merged" });
    expect(git("log", "-1", "--format=%P", commit)).toBe(`${own} ${repo.git("rev-parse", "main")}`);
  });

  it("warns of files that git was told not to look at, and results there are not clean", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.git("-C", join(repo.root, ".worktrees/a"), "update-index", "--skip-worktree", "train.mjs");
    repo.write(".worktrees/a/train.mjs", "changed in secret");
    expect((await updateNode(workspace, { id: "a", results: good })).node.recorded).toMatchObject({ clean: false });
    await syncCommit(workspace, { id: "a" });
    expect(workspace.warnings).toEqual([expect.stringContaining("(assume-unchanged, skip-worktree): train.mjs")]);
  });

  it("warns when results were recorded at another commit", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    await updateNode(workspace, { id: "a", results: good });
    commitIn(repo, "a", "later");
    await syncCommit(workspace, { id: "a" });
    expect(workspace.warnings).toEqual([
      expect.stringMatching(/^the results of 'a' were recorded at .*, the commit is now /),
    ]);
  });

  it("records the main worktree's HEAD for a node without worktree, and a detached HEAD as well", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await addNode(workspace, { id: "a", description: "x", command: "y" });
    repo.git("checkout", "--quiet", "--detach");
    await syncCommit(workspace, { id: "a" });
    expect(findNode(await workspace.load(), "a")?.worktree).toEqual({
      path: ".",
      branch: "",
      commit: repo.git("rev-parse", "HEAD"),
    });
  });

  it("says what to do when the worktree is gone", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    rmSync(join(repo.root, ".worktrees/a"), { recursive: true });
    await expect(syncCommit(workspace, { id: "a" })).rejects.toMatchObject({
      exitCode: 3,
      hint: "Create it: tree-autoresearch worktree --id a --create",
    });
    mkdirSync(join(repo.root, ".worktrees/a"));
    await expect(syncCommit(workspace, { id: "a" })).rejects.toMatchObject({
      message: expect.stringContaining("no worktree of this repository"),
    });
  });
});

describe("worktrees of nodes", () => {
  it("come back on their branch after they were removed", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const commit = commitIn(repo, "a", "work");
    await removeWorktrees(workspace, { id: "a" });
    expect(repo.exists(".worktrees/a")).toBe(false);
    await createNodeWorktree(workspace, "a");
    expect(repo.git("-C", join(repo.root, ".worktrees/a"), "rev-parse", "HEAD")).toBe(commit);
    expect(repo.git("-C", join(repo.root, ".worktrees/a"), "branch", "--show-current")).toBe("iter/a");
  });

  it("come back at the recorded commit when the branch is gone too", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const commit = commitIn(repo, "a", "work");
    await syncCommit(workspace, { id: "a" });
    await removeWorktrees(workspace, { id: "a" });
    repo.git("branch", "-D", "iter/a");
    await createNodeWorktree(workspace, "a");
    expect(repo.git("rev-parse", "iter/a")).toBe(commit);
  });

  it("are given to a node that had none", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await addNode(workspace, { id: "a", description: "x", command: "y" });
    await createNodeWorktree(workspace, "a");
    expect(findNode(await workspace.load(), "a")?.worktree).toEqual({
      path: ".worktrees/a",
      branch: "iter/a",
      commit: null,
    });
  });

  it("are described with the command to run from where the caller stands, quoted", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a", { workingDir: "my src" });
    expect((await describeWorktree(workspace, "a")).run).toBe("cd '.worktrees/a/my src' && node train.mjs");
    const inside = open(repo, { cwd: join(repo.root, ".worktrees/a") });
    expect((await describeWorktree(inside, "a")).run).toBe("cd 'my src' && node train.mjs");
  });

  it("of pruned nodes are freed together; one that would lose files stays, and is reported", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    for (const id of ["root", "a", "b"]) await add(workspace, id, id === "root" ? {} : { parent: "root" });
    await add(workspace, "c", { parent: "a" });
    for (const id of ["a", "b"]) await pruneNode(workspace, { id, reason: "x" });
    repo.write(".worktrees/b/model.ckpt", "weights");
    const removals = await removeWorktrees(workspace, { status: "pruned" });
    expect(removals).toMatchObject([
      { node_id: "a", removed: true },
      { node_id: "c", removed: true },
      { node_id: "b", removed: false, error: { code: "dirty-worktree" } },
    ]);
    expect(["root", "a", "b", "c"].map((id) => repo.exists(`.worktrees/${id}`))).toEqual([true, false, true, false]);
  });
});

describe("pruneNode", () => {
  it("checks the worktree before it writes", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.write(".worktrees/a/model.ckpt", "weights");
    const before = repo.read("ITERATION_TREE.yaml");
    await expect(pruneNode(workspace, { id: "a", reason: "x", removeWorktree: true })).rejects.toMatchObject({
      exitCode: 4,
    });
    expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
    await pruneNode(workspace, { id: "a", reason: "x", removeWorktree: true, force: true });
    expect(repo.exists(".worktrees/a")).toBe(false);
    expect((await unpruneNode(workspace, "a")).node.status).toBe("pending");
  });
});

describe("deleteNode", () => {
  it("removes worktree and branch, and keeps every commit that only they held", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const tip = commitIn(repo, "a", "never synced");
    repo.git("-C", join(repo.root, ".worktrees/a"), "checkout", "--quiet", "--detach");
    const detached = commitIn(repo, "a", "on no branch at all");
    expect(await deleteNode(workspace, { id: "a" })).toEqual(["a"]);
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
    expect(repo.exists(".worktrees/a")).toBe(false);
    const pinned = repo.git("for-each-ref", "--format=%(objectname)", "refs/tree-autoresearch").split("\n");
    // The tip twice: under its own name, and as where the branch begins when the node comes back.
    expect(pinned.toSorted()).toEqual([tip, tip, detached].toSorted());
  });

  it("checks every node before it touches the first", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    await add(workspace, "b", { parent: "a" });
    repo.write(".worktrees/a/model.ckpt", "weights");
    await expect(deleteNode(workspace, { id: "a", recursive: true })).rejects.toMatchObject({ code: "dirty-worktree" });
    expect(repo.exists(".worktrees/b")).toBe(true);
    expect((await workspace.load()).nodes).toHaveLength(2);
  });

  it("never takes the main worktree or a branch that is not the node's own", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await addNode(workspace, { id: "a", description: "x", command: "y" });
    await syncCommit(workspace, { id: "a" });
    expect(findNode(await workspace.load(), "a")?.worktree).toMatchObject({ path: ".", branch: "main" });
    await deleteNode(workspace, { id: "a", force: true });
    expect(repo.exists("train.mjs")).toBe(true);
    expect(repo.git("branch", "--show-current")).toBe("main");
  });

  it("refuses while the caller stands in the worktree", async () => {
    const repo = tempRepository();
    await add(open(repo), "a");
    const inside = open(repo, { cwd: join(repo.root, ".worktrees/a") });
    await expect(deleteNode(inside, { id: "a", force: true })).rejects.toMatchObject({ exitCode: 4, hint: "cd ../.." });
  });

  it("leaves worktree and branch with keepWorktree", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    await deleteNode(workspace, { id: "a", keepWorktree: true });
    expect(repo.exists(".worktrees/a")).toBe(true);
    expect(repo.git("branch", "--list", "iter/a")).not.toBe("");
  });
});

describe("nothing is lost", () => {
  it("of commits that only a worktree's log knows, when the worktree goes", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const folder = join(repo.root, ".worktrees/a");
    repo.git("-C", folder, "checkout", "--quiet", "--detach");
    const left = commitIn(repo, "a", "left behind on no branch");
    repo.git("-C", folder, "checkout", "--quiet", "iter/a");
    const reset = commitIn(repo, "a", "taken back by reset");
    repo.git("-C", folder, "reset", "--quiet", "--hard", "HEAD~1");
    await deleteNode(workspace, { id: "a" });
    repo.git("reflog", "expire", "--expire=now", "--all");
    repo.git("gc", "--quiet", "--prune=now");
    for (const commit of [left, reset]) expect(repo.git("cat-file", "-t", commit)).toBe("commit");
  });

  it("of an unresolved merge: sync -m does not commit its markers", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    commitIn(repo, "a", "one side");
    repo.write("train.mjs", "other side");
    repo.git("commit", "--quiet", "-am", "other");
    expect(() => repo.git("-C", join(repo.root, ".worktrees/a"), "merge", "main")).toThrow();
    await expect(syncCommit(workspace, { id: "a", message: "m" })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("unresolved merge in train.mjs"),
    });
    expect(repo.read(".worktrees/a/train.mjs")).toContain("<<<<<<<");
  });

  it("of commits that only a worktree knew whose folder was removed by hand", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    for (const id of ["a", "b"]) await add(workspace, id);
    const lose = (id: string) => {
      repo.git("-C", join(repo.root, ".worktrees", id), "checkout", "--quiet", "--detach");
      const commit = commitIn(repo, id, `on no branch, ${id}`);
      rmSync(join(repo.root, ".worktrees", id), { recursive: true });
      return commit;
    };
    const commits = [lose("a"), lose("b")];
    await deleteNode(workspace, { id: "a" });
    await createNodeWorktree(workspace, "b");
    repo.git("reflog", "expire", "--expire=now", "--all");
    repo.git("gc", "--quiet", "--prune=now");
    for (const commit of commits) expect(repo.git("cat-file", "-t", commit)).toBe("commit");
  });

  it("of results that were recorded while an add was failing", async () => {
    const repo = tempRepository();
    repo.write(".gitattributes", "*.mjs filter=bad\n");
    repo.git("add", "--all");
    repo.git("commit", "--quiet", "-m", "slow and bad");
    repo.git("config", "filter.bad.smudge", "sleep 2; exit 1");
    repo.git("config", "filter.bad.required", "true");
    const workspace = open(repo);
    await addNode(workspace, { id: "old", description: "try old", command: "node train.mjs" });
    const failing = ["old", "fresh"].map((id) => add(open(repo), id).catch((error: unknown) => error));
    while ((await open(repo).load()).nodes.length < 2) await sleep(20);
    for (const id of ["old", "fresh"]) await updateNode(open(repo), { id, results: good });
    await addNode(open(repo), { id: "kid", parent: "fresh", description: "x", command: "y" });
    for (const error of await Promise.all(failing)) expect(error).toMatchObject({ exitCode: 6 });
    const { nodes } = await workspace.load();
    expect(nodes.map(({ node_id, worktree, results }) => [node_id, worktree, results])).toEqual([
      ["old", null, good],
      ["fresh", null, good],
      ["kid", null, null],
    ]);
  });

  it("when the file cannot follow: delete leaves worktree and branch alone", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    const text = repo.read("ITERATION_TREE.yaml").replace('- node_id: "a"', '- &a\n    node_id: "a"');
    repo.write("ITERATION_TREE.yaml", `${text}best: *a\n`);
    await expect(deleteNode(workspace, { id: "a" })).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining("anchors"),
    });
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
    expect(repo.git("branch", "--list", "iter/a")).not.toBe("");
  });

  it("of submodules, which git could not give back either", async () => {
    const repo = tempRepository();
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tempRepository().root, "inner");
    repo.git("commit", "--quiet", "-m", "submodule");
    const workspace = open(repo);
    await add(workspace, "a");
    repo.git(
      "-C",
      join(repo.root, ".worktrees/a"),
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "update",
      "--init",
    );
    await expect(pruneNode(workspace, { id: "a", reason: "r", removeWorktree: true })).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining("--force"),
    });
    expect((await workspace.load()).nodes[0]?.status).toBe("pending");
    await pruneNode(workspace, { id: "a", reason: "r", removeWorktree: true, force: true });
    expect(repo.exists(".worktrees/a")).toBe(false);
  });

  it("of another node's worktree, when two name the same", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    await add(workspace, "b");
    repo.write("ITERATION_TREE.yaml", repo.read("ITERATION_TREE.yaml").replace(".worktrees/b", "./x/../.worktrees/a/"));
    await expect(deleteNode(workspace, { id: "b", force: true })).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("of 'a'"),
    });
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
  });
});

describe("what people do by hand", () => {
  it("a repository that was moved says how to mend its worktrees, and a dry run knows it too", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "before"));
    const old = tempRepository({ folder: join(folder, "before") });
    await add(open(old), "a");
    renameSync(join(folder, "before"), join(folder, "after"));
    const cwd = join(folder, "after");
    const hint = expect.stringContaining("tree-autoresearch doctor --fix");
    const moved = (options = {}) => openWorkspace({ cwd, ...options });
    await expect(describeWorktree(moved(), "a")).rejects.toMatchObject({ exitCode: 3, hint });
    await expect(deleteNode(moved({ dryRun: true }), { id: "a" })).rejects.toMatchObject({ exitCode: 4, hint });
    execFileSync("git", ["worktree", "repair", ".worktrees/a"], { cwd, stdio: "ignore" });
    expect((await describeWorktree(moved(), "a")).clean).toBe(true);
  });

  it("a worktree folder that was removed does not keep its node from being deleted", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    rmSync(join(repo.root, ".worktrees/a"), { recursive: true });
    expect(await deleteNode(workspace, { id: "a" })).toEqual(["a"]);
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });

  it("a branch that is checked out elsewhere stays, and is named", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a");
    repo.git("worktree", "move", ".worktrees/a", ".worktrees/moved");
    expect(await deleteNode(workspace, { id: "a" })).toEqual(["a"]);
    expect(workspace.warnings).toEqual([expect.stringMatching(/'iter\/a' stays: it is checked out at .*moved/)]);
  });

  it("a tree file that is committed does not count as a change of the experiment", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await addNode(workspace, { id: "a", description: "x", command: "y" });
    repo.write(".git/info/exclude", "");
    repo.git("add", "ITERATION_TREE.yaml");
    repo.git("commit", "--quiet", "-m", "tree");
    await updateNode(workspace, { id: "a", results: good });
    expect((await syncCommit(workspace, { id: "a" })).commit).toBe(repo.git("rev-parse", "HEAD"));
    repo.write("train.mjs", "changed");
    await expect(syncCommit(workspace, { id: "a" })).rejects.toMatchObject({
      hint: "Commit them. --allow-dirty records HEAD without them.",
    });
  });

  it("a tree file behind a symbolic link belongs to the repository of the link", async () => {
    const repo = tempRepository();
    const elsewhere = join(tempFolder(), "t.yaml");
    symlinkSync(elsewhere, repo.treeFile);
    expect(() => open(repo)).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringContaining("does not exist") }),
    );
    writeFileSync(elsewhere, "nodes: []\n");
    await add(open(repo), "a");
    expect(repo.exists(".worktrees/a")).toBe(true);
    expect(readFileSync(elsewhere, "utf8")).toContain('node_id: "a"');
    expect(lstatSync(repo.treeFile).isSymbolicLink()).toBe(true);
  });

  it("an older id that git may not be given still takes results", async () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: my node, worktree: {path: .worktrees/x, branch: iter/x}}]\n");
    const workspace = open(repo);
    expect((await updateNode(workspace, { id: "my node", results: good })).node.results).toEqual(good);
    expect(workspace.warnings).toEqual([expect.stringContaining("git is not used for an id like this")]);
    await deleteNode(workspace, { id: "my node", keepWorktree: true });
  });

  it("an add with a worktree after a sync without one makes the worktree, at the recorded commit", async () => {
    const repo = tempRepository();
    const workspace = open(repo);
    await add(workspace, "a", { worktree: false });
    const { commit } = await syncCommit(workspace, { id: "a" });
    repo.git("commit", "--quiet", "--allow-empty", "-m", "later");
    await add(workspace, "a");
    expect(repo.git("rev-parse", "iter/a")).toBe(commit);
    expect(findNode(await workspace.load(), "a")?.worktree).toEqual({ path: ".worktrees/a", branch: "iter/a", commit });
  });

  it("a node that git refuses a worktree is not there afterwards", async () => {
    const repo = tempRepository();
    repo.git("branch", "iter"); // git cannot have a branch iter/a beside it
    await expect(add(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
    await addNode(open(repo), { id: "a", description: "try a", command: "node train.mjs" });
    const before = repo.read("ITERATION_TREE.yaml");
    await expect(add(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
  });
});

describe("createNodeWorktree", () => {
  it("records first, so that a killed one leaves no branch without a node; and takes that back when git fails", async () => {
    const repo = tempRepository();
    await addNode(open(repo), { id: "a", description: "x", command: "y" });
    const workspace = open(repo);
    const recorded: unknown[] = [];
    const perform: Workspace["perform"] = async (step, action) => {
      recorded.push(findNode(await open(repo).load(), "a")?.worktree?.branch);
      return workspace.perform(step, action);
    };
    repo.write(".git/worktrees", "a file where git needs a folder");
    await expect(createNodeWorktree({ ...workspace, perform }, "a")).rejects.toMatchObject({ exitCode: 6 });
    expect(recorded).toEqual(["iter/a"]);
    expect(findNode(await workspace.load(), "a")?.worktree).toBeNull();
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });
});

describe("an add that is killed in the middle of its checkout", () => {
  it.each([
    ["with its git", -1, "sleep 1; cat"],
    ["alone, while its git goes on", 1, "sleep 1; cat"],
    [
      "alone, while its git goes on writing",
      1,
      "i=0; until [ -e $HOME/stop ] || [ $i -ge 1000000 ]; do i=$((i+1)); : >file$i; done; cat",
    ],
  ])("%s: the same add makes it whole", async (_, sign, smudge) => {
    const repo = tempRepository();
    repo.write(".gitattributes", "*.mjs filter=slow\n");
    repo.git("add", "--all");
    repo.git("commit", "--quiet", "-m", "slow");
    repo.git("config", "filter.slow.smudge", smudge);
    const args = [program, "add", "--id", "k", "--desc", "k", "--cmd", "c", "--worktree"];
    const env = { ...process.env, HOME: repo.root };
    const killed = spawn(process.execPath, args, { cwd: repo.root, env, detached: true, stdio: "ignore" });
    const entries = join(repo.root, ".git/worktrees");
    const isAtCheckout = () =>
      existsSync(entries) && readdirSync(entries).some((name) => existsSync(join(entries, name, "index.lock")));
    while (!isAtCheckout()) await sleep(10);
    process.kill(sign * (killed.pid as number), "SIGKILL");
    await once(killed, "exit");
    expect(repo.exists(".worktrees/k/train.mjs")).toBe(false);
    repo.git("config", "filter.slow.smudge", "cat");
    const { code, stderr } = runProgram(args.slice(1), { cwd: repo.root });
    repo.write("stop", "");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    // A git that fails clears away what it began: that must not be the new worktree.
    while (isGroupAlive(killed.pid as number)) await sleep(20);
    expect(repo.read(".worktrees/k/train.mjs")).toBe(repo.read("train.mjs"));
    expect(repo.git("-C", join(repo.root, ".worktrees/k"), "status", "--porcelain")).toBe("");
    expect(repo.git("worktree", "list", "--porcelain")).not.toContain("locked");
  });
});

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

describe("a tree file that names unsafe things", () => {
  it.each([
    ["a path outside", "path: ../../elsewhere, branch: iter/a", 5, "outside"],
    ["an absolute path", "path: /tmp/x, branch: iter/a", 5, "outside"],
    ["the .git folder", "path: .git/hooks, branch: iter/a", 5, "outside"],
    ["an option as branch", "path: .worktrees/a, branch: --upload-pack=x", 4, "not a name that git should be given"],
  ])("%s is refused by every action on the worktree, and nothing happens", async (_, worktree, exitCode, message) => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", `nodes: [{node_id: a, command: touch x, worktree: {${worktree}}}]\n`);
    const before = repo.read("ITERATION_TREE.yaml");
    const workspace = open(repo);
    const refused = expect.objectContaining({ exitCode, message: expect.stringContaining(message) });
    await expect(syncCommit(workspace, { id: "a" })).rejects.toEqual(refused);
    await expect(deleteNode(workspace, { id: "a", force: true })).rejects.toEqual(refused);
    await expect(removeWorktrees(workspace, { id: "a", force: true })).rejects.toEqual(refused);
    await expect(describeWorktree(workspace, "a")).rejects.toEqual(refused);
    await expect(createNodeWorktree(workspace, "a")).rejects.toMatchObject({ exitCode });
    await expect(
      addNode(workspace, { id: "a", description: "", command: "touch x", worktree: true }),
    ).rejects.toMatchObject({ exitCode });
    expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
    expect(repo.git("status", "--porcelain").split("\n")).toEqual(["?? ITERATION_TREE.yaml"]);
  });

  it("a commit that is an option is no commit, and git does not get it", async () => {
    const repo = tempRepository();
    const worktree = "{path: .worktrees/a, branch: iter/a, commit: '--output=stolen'}";
    repo.write(
      "ITERATION_TREE.yaml",
      `nodes: [{node_id: a, worktree: ${worktree}}, {node_id: b, worktree: ${worktree}}]\n`,
    );
    const workspace = open(repo);
    await expect(createNodeWorktree(workspace, "a")).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("knows no commit"),
    });
    expect((await compareNodes(workspace, "a", "b")).diff).toBeUndefined();
    expect(repo.git("status", "--porcelain").split("\n")).toEqual(["?? ITERATION_TREE.yaml"]);
  });

  it("an id that cannot be a folder is shown, and refused to git", async () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: '../x', worktree: {path: .worktrees/x, branch: iter/x}}]\n");
    const workspace = open(repo);
    expect((await workspace.load()).nodes[0]?.node_id).toBe("../x");
    await expect(syncCommit(workspace, { id: "../x" })).rejects.toMatchObject({
      hint: expect.stringContaining("letters, digits"),
    });
  });
});

describe("a dry run", () => {
  it("plans every step and does none", async () => {
    const repo = tempRepository();
    await add(open(repo), "a");
    const before = [repo.read("ITERATION_TREE.yaml"), repo.git("for-each-ref"), repo.git("worktree", "list")];
    const plan = async (action: (workspace: Workspace) => Promise<unknown>) => {
      const workspace = open(repo, { dryRun: true });
      await action(workspace);
      return [...workspace.plan.steps, ...workspace.plan.differences.map(({ kind }) => kind)];
    };
    expect(await plan((w) => add(w, "b", { parent: "a" }))).toEqual([
      expect.stringMatching(/^git worktree add -b iter\/b \.worktrees\/b /),
      "change",
      "add",
    ]);
    expect(await plan((w) => deleteNode(w, { id: "a" }))).toEqual([
      expect.stringMatching(/^pin /),
      "remove the worktree .worktrees/a",
      "git branch -D iter/a",
      "remove",
    ]);
    expect(await plan((w) => syncCommit(w, { id: "a", message: "m" }))).toEqual([
      'git commit -m "m"',
      expect.stringMatching(/^pin /),
      "change",
      "change",
    ]);
    expect(await plan((w) => pruneNode(w, { id: "a", reason: "r", removeWorktree: true }))).toContain(
      "remove the worktree .worktrees/a",
    );
    expect(await plan((w) => updateNode(w, { id: "a", results: good }))).toContain("change");
    expect([repo.read("ITERATION_TREE.yaml"), repo.git("for-each-ref"), repo.git("worktree", "list")]).toEqual(before);
  });
});
