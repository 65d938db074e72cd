import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { leavingOf } from "../../src/git/leaving.ts";
import { addNode } from "../../src/operations/add-node.ts";
import { createNodeWorktree } from "../../src/operations/create-worktree.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { doctor } from "../../src/operations/doctor.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import { undo } from "../../src/operations/undo.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import { program, runCommand } from "../run-program.ts";
import { repositoryAt, type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";
import { add, edit, grown, holdGit, holdTree, open, whileWaiting, withGit } from "./grown.ts";

/** Those of the commits that git would collect. */
function collectable(repo: TempRepository): readonly string[] {
  const objects = repo.git("fsck", "--unreachable", "--no-reflogs", "--no-progress").split("\n");
  return objects.filter((line) => line.startsWith("unreachable commit"));
}

describe("nothing that git could not give back goes without --force", () => {
  it("a repository within the worktree, which git knows only by its commit", async () => {
    const { repo, at, git } = await grown();
    const lib = join(at, "lib");
    mkdirSync(lib);
    for (const args of [
      ["init", "--quiet"],
      ["commit", "--quiet", "--allow-empty", "-m", "theirs"],
    ])
      repo.git("-C", lib, "-c", "user.name=T", "-c", "user.email=t@example.org", ...args);
    await syncCommit(open(repo), { id: "a", message: "with lib" });
    expect(git("status", "--porcelain")).toBe("");
    for (const act of [() => deleteNode(open(repo), { id: "a" }), () => removeWorktrees(open(repo), { id: "a" })])
      await expect(act()).rejects.toMatchObject({
        code: "dirty-worktree",
        message: expect.stringContaining("1 repositories of their own (lib)"),
      });
    expect(repo.git("-C", lib, "log", "--format=%s")).toBe("theirs");
    await deleteNode(open(repo), { id: "a", force: true });
    expect(repo.exists(".worktrees/a")).toBe(false);
  });

  it("a commit that is made while a removal waits for its turn", async () => {
    const { repo, git, commit } = await grown();
    let late = "";
    const deleted = await whileWaiting(
      holdGit(repo),
      () => deleteNode(open(repo), { id: "a" }),
      () => {
        late = commit("late");
        git("checkout", "--quiet", "--detach");
        late += ` ${commit("later still")}`;
      },
    );
    expect(deleted).toMatchObject({ status: "fulfilled" });
    expect(collectable(repo)).toEqual([]);
    for (const each of late.split(" ")) expect(repo.git("cat-file", "-t", each)).toBe("commit");
  });

  it("what a merge, a rebase or bisect in the worktree has of its own, and what a branch has left behind", async () => {
    const { repo, git, commit } = await grown();
    const base = git("rev-parse", "HEAD");
    commit("one");
    commit("two");
    git("reset", "--quiet", "--hard", base);
    git("update-ref", "refs/worktree/mine", git("commit-tree", "-m", "mine", "HEAD^{tree}"));
    const entry = git("rev-parse", "--absolute-git-dir");
    mkdirSync(join(entry, "rebase-merge"));
    writeFileSync(join(entry, "rebase-merge/autostash"), git("commit-tree", "-m", "stashed", "HEAD^{tree}"));
    await deleteNode(open(repo), { id: "a" });
    expect(collectable(repo)).toEqual([]);
  });

  it("what is staged in a worktree whose folder is gone, also in the middle of a merge", async () => {
    const { repo, at, git, commit } = await grown();
    const base = git("rev-parse", "HEAD");
    const ours = commit("ours");
    git("checkout", "--quiet", "--detach", base);
    commit("theirs");
    expect(() => git("merge", ours)).toThrow();
    writeFileSync(join(at, "new.txt"), "staged");
    git("add", "new.txt");
    rmSync(at, { recursive: true });
    expect(await removeWorktrees(open(repo), { id: "a" })).toEqual([{ node_id: "a", removed: true }]);
    const pins = repo.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/a").split("\n");
    expect(pins.map((pin) => repo.git("ls-tree", "-r", "--name-only", pin)).join("\n")).toContain("new.txt");
    expect(collectable(repo)).toEqual([]);
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ exitCode: 3 });
  });

  it("what is written to the folder after the last look at it", async () => {
    const { repo, at } = await grown();
    // It is looked at before anything is begun, and when it is our turn: the file comes just after that.
    const looks = join(tempFolder(), "looks");
    const script = `"$GIT" "$@"; case "$*" in *status*) echo >> ${looks}; [ $(wc -l < ${looks}) = 2 ] && echo x > "${at}/late.ckpt";; esac; exit 0`;
    await withGit(script, () =>
      expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" }),
    );
    expect(readFileSync(looks, "utf8")).toBe("\n\n\n");
    expect(repo.read(".worktrees/a/late.ckpt")).toBe("x\n");
  });

  it("what a removal was killed at: it comes back, whoever is next", async () => {
    const { repo, at } = await grown();
    await add(open(repo), "b");
    const script = `case "$*" in *--work-tree*status*) echo x > "${leavingOf(at)}/night.ckpt"; kill -9 $PPID;; esac; "$GIT" "$@"`;
    await withGit(script, async () => {
      const { code } = runCommand(process.execPath, [program, "delete", "--id", "a"], { cwd: repo.root });
      expect(code).toBeNull();
    });
    expect(repo.exists(".worktrees/a")).toBe(false);
    expect((await doctor(open(repo), {})).findings).toMatchObject([
      { code: "dead-lock" },
      { code: "leftover-file", node_id: "a", fix: "move it back" },
    ]);
    await removeWorktrees(open(repo), { id: "b" });
    expect(repo.read(".worktrees/a/night.ckpt")).toBe("x\n");
    expect(repo.git("-C", at, "status", "--porcelain")).toBe("");
    expect((await doctor(open(repo), {})).findings).toEqual([]);
  });

  it("what a removal was killed at, also when the entry, the node or the repository's place went meanwhile", async () => {
    const { repo, at } = await grown();
    const aside = leavingOf(at);
    renameSync(at, aside);
    writeFileSync(join(aside, "night.ckpt"), "x");
    // The repository is moved: the folder still names the old place.
    const moved = `${repo.root}-moved`;
    renameSync(repo.root, moved);
    const { findings } = await doctor(openWorkspace({ cwd: moved }), { fix: true });
    expect(findings).toMatchObject([{ code: "leftover-file", node_id: "a", fix: "move it back", fixed: true }]);
    expect(readFileSync(join(moved, ".worktrees/a/night.ckpt"), "utf8")).toBe("x");
    expect(repositoryAt(moved).git("-C", ".worktrees/a", "status", "--porcelain")).toBe("");
    renameSync(moved, repo.root);
    await doctor(open(repo), { fix: true });
    // git's own clearing up takes the entry away: nobody knows any more what this is.
    renameSync(at, aside);
    repo.git("worktree", "prune");
    await deleteNode(open(repo), { id: "a", keepWorktree: true });
    await add(open(repo), "b");
    await removeWorktrees(open(repo), { id: "b" });
    expect((await doctor(open(repo), { fix: true })).findings).toMatchObject([
      { code: "leftover-file", node_id: null, fix: null, message: expect.stringContaining(aside) },
    ]);
    expect(readFileSync(join(aside, "night.ckpt"), "utf8")).toBe("x");
  });

  it("a worktree outside of .worktrees that a removal was killed at", async () => {
    const { repo, at } = await grown();
    const place = join(repo.root, "wt-a");
    repo.git("worktree", "move", at, place);
    edit(repo, (text) => text.replace(".worktrees/a", "wt-a"));
    renameSync(place, leavingOf(place));
    writeFileSync(join(leavingOf(place), "m.ckpt"), "x");
    await createNodeWorktree(open(repo), "a");
    expect(repo.read("wt-a/m.ckpt")).toBe("x");
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" });
  });

  it("what lies behind a symbolic link", async () => {
    const { repo } = await grown();
    const outside = tempFolder();
    mkdirSync(join(outside, ".x.gone-0123456789abcdef"));
    writeFileSync(
      join(outside, ".x.gone-0123456789abcdef/.git"),
      `gitdir: ${join(repo.root, ".git/worktrees/none")}\n`,
    );
    await removeWorktrees(open(repo), { id: "a" });
    rmdirSync(join(repo.root, ".worktrees"));
    symlinkSync(outside, join(repo.root, ".worktrees"));
    await doctor(open(repo), { fix: true });
    expect(readFileSync(join(outside, ".x.gone-0123456789abcdef/.git"), "utf8")).toContain("none");
  });

  it("what was refused at the last look when something else has taken its place", async () => {
    const { repo, at } = await grown();
    await add(open(repo), "b");
    const aside = leavingOf(at);
    const script = `case "$*" in *--work-tree*status*) echo x > "${aside}/late.ckpt"; mkdir -p "${at}/out";; esac; "$GIT" "$@"`;
    await withGit(script, () =>
      expect(deleteNode(open(repo), { id: "a" })).rejects.toMatchObject({
        message: expect.stringMatching(/late\.ckpt.*It is beside .*\/a now/),
      }),
    );
    await removeWorktrees(open(repo), { id: "b" });
    for (const { findings } of [await doctor(open(repo), {}), await doctor(open(repo), { fix: true })])
      expect(findings).toMatchObject([{ code: "leftover-file", node_id: "a", fix: null }]);
    expect(readFileSync(join(aside, "late.ckpt"), "utf8")).toBe("x\n");
    rmSync(join(at, "out"), { recursive: true });
    rmdirSync(at);
    expect((await doctor(open(repo), { fix: true })).findings).toMatchObject([{ fix: "move it back", fixed: true }]);
    expect(repo.read(".worktrees/a/late.ckpt")).toBe("x\n");
  });

  it("a commit of a worktree that git knows by another name of its place", async () => {
    const { repo, git, commit } = await grown();
    git("checkout", "--quiet", "--detach");
    const lost = commit("on no branch");
    git("checkout", "--quiet", "iter/a");
    const renamed = `${repo.root}-2`;
    renameSync(repo.root, renamed);
    symlinkSync(renamed, repo.root);
    await removeWorktrees(openWorkspace({ cwd: renamed }), { id: "a" });
    expect(repo.git("for-each-ref", "--format=%(objectname)", "refs/tree-autoresearch")).toContain(lost);
    unlinkSync(repo.root);
    renameSync(renamed, repo.root);
  });

  it("what is staged on a branch without a commit", async () => {
    const { repo, at, git } = await grown();
    git("checkout", "--quiet", "--orphan", "lone");
    rmSync(at, { recursive: true });
    await removeWorktrees(open(repo), { id: "a" });
    const pins = repo.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/a").split("\n");
    expect(pins.map((pin) => repo.git("log", "--format=%s", "-1", pin))).toContain(
      "staged in a worktree whose folder is gone",
    );
  });

  it("a worktree that was moved without git, when the node goes", async () => {
    const { repo, at } = await grown();
    renameSync(at, join(repo.root, ".worktrees/keep"));
    await expect(deleteNode(open(repo), { id: "a" })).rejects.toMatchObject({
      message: expect.stringContaining("keep without git"),
    });
    expect(repo.git("-C", ".worktrees/keep", "status", "--porcelain")).toBe("");
  });

  it("a folder that is only a copy, or another repository's", async () => {
    const { repo, at } = await grown();
    await add(open(repo), "b");
    cpSync(at, join(repo.root, ".worktrees/copy"), { recursive: true });
    edit(repo, (text) => text.replaceAll(".worktrees/b", ".worktrees/copy"));
    await expect(removeWorktrees(open(repo), { id: "b", force: true })).rejects.toMatchObject({ exitCode: 4 });
    expect(repo.read(".worktrees/copy/train.mjs")).toContain("accuracy");
    // The worktree of a is elsewhere and well; at its place there is one of another repository.
    repo.git("worktree", "move", at, join(tempFolder(), "moved"));
    const other = tempRepository();
    other.git("worktree", "add", "--quiet", "--detach", at);
    const link = readFileSync(join(at, ".git"), "utf8");
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings).toMatchObject([{ node_id: "a", fixed: false, fix: null }, { node_id: "b" }]);
    expect(readFileSync(join(at, ".git"), "utf8")).toBe(link);
  });

  it("a worktree of the user's own on the node's branch", async () => {
    const { repo } = await grown();
    await removeWorktrees(open(repo), { id: "a" });
    repo.git("worktree", "add", "--quiet", "review", "iter/a");
    expect((await doctor(open(repo), { fix: true })).findings).toEqual([]);
    expect(requireNode(await open(repo).load(), "a").worktree?.path).toBe(".worktrees/a");
  });

  it("what lies where only our own folders lie, or where git has its own", async () => {
    const { repo } = await grown();
    for (const path of [".worktrees/.unfinished/mine", ".worktrees/.a.leaving", "lib/.git/hooks"]) {
      edit(repo, (text) => text.replace(/path: .*/, `path: ${path}`));
      await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject({ exitCode: 5 });
      const { findings } = await doctor(open(repo), { fix: true });
      expect(findings).toMatchObject([{ code: "unsafe-worktree", fixed: false }]);
    }
    repo.write(".worktrees/.unfinished/mine/result.txt", "a night's work");
    expect((await doctor(open(repo), { fix: true })).findings).toHaveLength(1);
    expect(repo.read(".worktrees/.unfinished/mine/result.txt")).toBe("a night's work");
  });
});

describe("what others record meanwhile stays", () => {
  it("a commit that sync records while worktree --create begins", async () => {
    const { repo, commit } = await grown();
    await syncCommit(open(repo), { id: "a" });
    const synced = commit("newer");
    await removeWorktrees(open(repo), { id: "a" });
    const created = await whileWaiting(
      holdTree(repo),
      () => createNodeWorktree(open(repo), "a"),
      () => edit(repo, (text) => text.replace(/commit: "?[0-9a-f]{40}"?/, `commit: "${synced}"`)),
    );
    expect(created).toMatchObject({ status: "fulfilled" });
    expect(requireNode(await open(repo).load(), "a").worktree?.commit).toBe(synced);
  });

  it("a node that is added under one that delete --recursive is at", async () => {
    const { repo } = await grown();
    await add(open(repo), "b", { parent: "a" });
    const deleted = await whileWaiting(
      holdTree(repo),
      () => deleteNode(open(repo), { id: "a", recursive: true }),
      () => edit(repo, (text) => `${text}  - node_id: new\n    parent_id: b\n    description: found meanwhile\n`),
    );
    expect(deleted).toMatchObject({
      status: "rejected",
      reason: { exitCode: 4, message: expect.stringContaining("'new' was added under 'b'") },
    });
    expect((await open(repo).load()).nodes.map(({ node_id }) => node_id)).toEqual(["a", "b", "new"]);
    expect(await deleteNode(open(repo), { id: "a", recursive: true })).toEqual(["new", "b", "a"]);
  });

  it("a node whose branch is gone is not brought back by doctor when it is deleted meanwhile", async () => {
    const { repo } = await grown();
    await syncCommit(open(repo), { id: "a" });
    repo.git("worktree", "remove", ".worktrees/a");
    repo.git("branch", "--quiet", "-D", "iter/a");
    const fixed = await whileWaiting(
      holdGit(repo),
      () => doctor(open(repo), { fix: true }),
      () => edit(repo, () => "nodes: []\n"),
    );
    expect(fixed).toMatchObject({ status: "fulfilled", value: { findings: [] } });
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });
});

describe("an add that waits for its turn", () => {
  it("makes no worktree for a node that is gone by then", async () => {
    const { repo } = await grown();
    const added = await whileWaiting(
      holdGit(repo),
      () => add(open(repo), "b"),
      () => edit(repo, () => "nodes: []\n"),
    );
    expect(added).toMatchObject({ status: "rejected", reason: { exitCode: 4, message: /^'b' was deleted/ } });
    expect(repo.git("branch", "--list", "iter/b")).toBe("");
    expect(repo.exists(".worktrees/b")).toBe(false);
    await add(open(repo), "b");
  });
});

describe("where a branch begins", () => {
  it("is what the node, or its parent, has recorded, and is told when --from says otherwise", async () => {
    const { repo, commit } = await grown();
    const [old, newer] = [repo.git("rev-parse", "HEAD"), commit("newer")];
    await addNode(open(repo), { id: "c", description: "x", command: "y" });
    edit(repo, (text) =>
      text.replace(/(node_id: "?c"?\n(.*\n)*?.*)worktree: null/, `$1worktree: {path: ., branch: main, commit: ${old}}`),
    );
    const warned: string[] = [];
    const workspace = openWorkspace({ cwd: repo.root, warn: (message) => warned.push(message) });
    await add(workspace, "c", { from: newer });
    expect(warned.join()).toContain(
      `'c' begins at its recorded commit ${old.slice(0, 7)}, not at ${newer.slice(0, 7)}`,
    );
    expect(requireNode(await open(repo).load(), "c").worktree).not.toHaveProperty("from");
    expect(repo.git("rev-parse", "iter/c")).toBe(old);
    // A parent whose branch was never made.
    await add(open(repo), "p", { from: newer });
    repo.git("worktree", "remove", ".worktrees/p");
    repo.git("branch", "--quiet", "-D", "iter/p");
    await add(open(repo), "q", { parent: "p" });
    expect(repo.git("rev-parse", "iter/q")).toBe(newer);
  });

  it("is recorded where --from said, and holds for whoever finishes a killed add, and for the same add again", async () => {
    const { repo, commit } = await grown();
    const [old, newer] = [repo.git("rev-parse", "HEAD"), commit("newer")];
    await add(open(repo), "b", { parent: "a", from: old });
    expect(requireNode(await open(repo).load(), "b").worktree).toEqual({
      ...{ path: ".worktrees/b", branch: "iter/b", commit: null },
      from: old,
    });
    const gone = () => {
      repo.git("worktree", "remove", ".worktrees/b");
      repo.git("branch", "--quiet", "-D", "iter/b");
    };
    gone();
    expect((await doctor(open(repo), { fix: true })).findings).toMatchObject([{ code: "unfinished-add", fixed: true }]);
    expect(repo.git("rev-parse", "iter/b")).toBe(old);
    gone();
    const warned: string[] = [];
    const workspace = openWorkspace({ cwd: repo.root, warn: (message) => warned.push(message) });
    await add(workspace, "b", { parent: "a", from: newer });
    expect(repo.git("rev-parse", "iter/b")).toBe(old);
    expect(warned.join()).toContain(`'b' exists already, and began at ${old.slice(0, 7)}, not at ${newer.slice(0, 7)}`);
  });

  it("is where its work was pinned, when a deletion is undone", async () => {
    const { repo, commit } = await grown();
    await sleep(1100); // git counts in seconds
    const work = commit("work");
    commit("rejected");
    repo.git("-C", join(repo.root, ".worktrees/a"), "reset", "--quiet", "--hard", work);
    await deleteNode(open(repo), { id: "a" });
    await undo(open(repo), {});
    expect((await doctor(open(repo), { fix: true })).findings).toMatchObject([{ code: "unfinished-add", fixed: true }]);
    expect(repo.git("rev-parse", "iter/a")).toBe(work);
    // Also when that is older than the node, and not where the main branch is by now.
    const base = repo.git("rev-parse", "HEAD");
    repo.git("-C", join(repo.root, ".worktrees/a"), "reset", "--quiet", "--hard", base);
    repo.git("commit", "--quiet", "--allow-empty", "-m", "on main");
    await deleteNode(open(repo), { id: "a" });
    await undo(open(repo), {});
    await createNodeWorktree(open(repo), "a");
    expect(repo.git("rev-parse", "iter/a")).toBe(base);
  });

  it("is where the clone's origin has it", async () => {
    const { repo, commit } = await grown();
    await sleep(1100);
    const work = commit("work");
    repo.git("update-ref", "refs/heads/iter/b", repo.git("commit-tree", "-m", "another life", "HEAD^{tree}"));
    await addNode(open(repo), { id: "b", description: "x", command: "y" });
    const clone = tempFolder();
    repo.git("clone", "--quiet", ".", clone);
    writeFileSync(join(clone, "ITERATION_TREE.yaml"), readFileSync(repo.treeFile));
    await createNodeWorktree(openWorkspace({ cwd: clone }), "a");
    expect(repo.git("-C", clone, "rev-parse", "iter/a")).toBe(work);
    // Another life of b has nothing in common with this one, not even the first commit.
    await createNodeWorktree(openWorkspace({ cwd: clone }), "b");
    expect(repo.git("-C", clone, "rev-parse", "iter/b")).toBe(repo.git("rev-parse", "HEAD"));
  });
});
