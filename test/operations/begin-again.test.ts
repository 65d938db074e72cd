import { mkdirSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { leavingOf } from "../../src/git/leaving.ts";
import { createNodeWorktree } from "../../src/operations/create-worktree.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { doctor } from "../../src/operations/doctor.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import { undo } from "../../src/operations/undo.ts";
import { ownerName } from "../../src/system/lock-holders.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { runCommand, runProgram } from "../run-program.ts";
import { repositoryAt, type TempRepository, tempFolder } from "../temp-repository.ts";
import { add, grown, open, withGit } from "./grown.ts";

describe("a branch that went with its node", () => {
  it("begins again where it was, and not at an older commit that was recorded", async () => {
    const { repo, commit } = await grown();
    commit("recorded");
    await syncCommit(open(repo), { id: "a" });
    const last = commit("a night later");
    await deleteNode(open(repo), { id: "a" });
    await undo(open(repo), {});
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings).toMatchObject([{ code: "branch-gone", fixed: true }]);
    expect(repo.git("rev-parse", "iter/a")).toBe(last);
  });

  it("is not where it was at a deletion before, when more was recorded since", async () => {
    const { repo, git, commit } = await grown();
    commit("rejected");
    await deleteNode(open(repo), { id: "a" });
    await undo(open(repo), {});
    await createNodeWorktree(open(repo), "a");
    git("reset", "--quiet", "--hard", "HEAD^");
    const recorded = commit("better");
    await syncCommit(open(repo), { id: "a" });
    repo.git("worktree", "remove", ".worktrees/a");
    repo.git("branch", "--quiet", "-D", "iter/a");
    await doctor(open(repo), { fix: true });
    expect(repo.git("rev-parse", "iter/a")).toBe(recorded);
  });

  it("is where its child begins", async () => {
    const { repo, commit } = await grown();
    const last = commit("the parent's work");
    await deleteNode(open(repo), { id: "a" });
    await undo(open(repo), {});
    await add(open(repo), "k", { parent: "a" });
    expect(repo.git("rev-parse", "iter/k")).toBe(last);
  });

  it("comes back with its worktree, both being findings", async () => {
    const { repo } = await grown();
    await syncCommit(open(repo), { id: "a" });
    rmSync(join(repo.root, ".worktrees/a"), { recursive: true });
    repo.git("update-ref", "-d", "refs/heads/iter/a");
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings.map(({ code, fixed }) => [code, fixed])).toEqual([
      ["missing-worktree", true],
      ["branch-gone", true],
    ]);
    expect((await doctor(open(repo), {})).findings).toEqual([]);
  });
});

describe("a git that is killed", () => {
  it("has not said that there is no such branch", async () => {
    const { repo } = await grown();
    const script = `case "$*" in *rev-parse*refs/heads/iter/a*) kill -9 $$;; esac; "$GIT" "$@"`;
    await withGit(script, () =>
      expect(deleteNode(open(repo), { id: "a" })).rejects.toMatchObject({ code: "git-failed", exitCode: 6 }),
    );
    await deleteNode(open(repo), { id: "a" });
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });
});

/** git's entry of the only worktree. */
function entryIn(repo: TempRepository): string {
  const [name] = readdirSync(join(repo.root, ".git/worktrees"));
  return join(repo.root, ".git/worktrees", name as string);
}

/** What git keeps of a worktree, and deletes in whatever order the file system has. */
describe.each(["gitdir", "commondir", "HEAD", "index", "logs"])("an entry of which a killed git deleted %s", (file) => {
  it.each([
    ["worktree --create", (repo: TempRepository) => createNodeWorktree(open(repo), "a")],
    ["doctor --fix", (repo: TempRepository) => doctor(open(repo), { fix: true })],
  ])("keeps nobody from a worktree whose folder is gone: %s", async (_, mend) => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    rmSync(join(entryIn(repo), file), { recursive: true });
    await mend(repo);
    // Without its place the entry is none, and a worktree that was removed is no finding.
    if (file === "gitdir") await createNodeWorktree(open(repo), "a");
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
    expect((await doctor(open(repo), {})).findings).toEqual([]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
  });

  it("keeps nobody from removing a worktree whose folder is gone", async () => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    rmSync(join(entryIn(repo), file), { recursive: true });
    await deleteNode(open(repo), { id: "a" });
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(1);
    expect(repo.git("branch", "--list", "iter/*")).toBe("");
  });

  it("is found where the folder is there, and no command calls it well", async () => {
    const { repo, at } = await grown();
    rmSync(join(entryIn(repo), file), { recursive: true });
    const { findings } = await doctor(open(repo), { fix: true });
    const isRead = file === "index" || file === "logs";
    expect(findings.map(({ code }) => code)).toEqual(isRead ? [] : ["missing-worktree"]);
    if (isRead) return;
    await expect(syncCommit(open(repo), { id: "a" })).rejects.toMatchObject({ exitCode: 3 });
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
    renameSync(at, join(repo.root, "aside"));
    if (file === "gitdir") await createNodeWorktree(open(repo), "a");
    else await doctor(open(repo), { fix: true });
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
  });
});

describe("making a worktree again whose folder is gone", () => {
  it.each([
    ["a rebase", "rebase-merge/head-name", "refs/heads/iter/a\n"],
    ["a bisection", "BISECT_START", "iter/a\n"],
  ])("works when it went during %s", async (_, file, text) => {
    const { repo, at, git } = await grown();
    git("checkout", "--quiet", "--detach");
    const entry = entryIn(repo);
    mkdirSync(join(entry, "rebase-merge"), { recursive: true });
    if (file === "BISECT_START") rmSync(join(entry, "rebase-merge"), { recursive: true });
    writeFileSync(join(entry, file), text);
    rmSync(at, { recursive: true });
    await createNodeWorktree(open(repo), "a");
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
    expect((await doctor(open(repo), {})).findings).toEqual([]);
  });

  it.each(["absent", "empty"])("leaves git's entry when git fails, where the folder is %s", async (folder) => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    if (folder === "empty") mkdirSync(at);
    const script = `case "$*" in *"worktree add"*) echo "fatal: no" >&2; exit 128;; esac; "$GIT" "$@"`;
    await withGit(script, () => expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 }));
    expect((await doctor(open(repo), {})).findings).toMatchObject([{ code: "missing-worktree" }]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
    await doctor(open(repo), { fix: true });
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
  });

  it("leaves the mark of one that was killed when git fails", async () => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    const entry = entryIn(repo);
    mkdirSync(join(repo.root, ".worktrees/.unfinished", basename(entry)), { recursive: true });
    rmSync(entry, { recursive: true });
    repo.write(".git/info/attributes", "train.mjs filter=bad\n");
    repo.git("config", "filter.bad.smudge", "false");
    repo.git("config", "filter.bad.required", "true");
    await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject({ exitCode: 6 });
    expect((await doctor(open(repo), {})).findings).toMatchObject([{ code: "unfinished-add" }]);
  });

  it("pins what was staged also when the folder is there, and empty", async () => {
    const { repo, at, git } = await grown();
    writeFileSync(join(at, "new.txt"), "staged");
    git("add", "new.txt");
    rmSync(at, { recursive: true });
    mkdirSync(at);
    await createNodeWorktree(open(repo), "a");
    const pins = repo.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/a").split("\n");
    expect(pins.map((pin) => repo.git("ls-tree", "-r", "--name-only", pin)).join("\n")).toContain("new.txt");
  });

  it("is refused while git keeps repositories that were within it", async () => {
    const { repo, at } = await grown();
    const kept = join(entryIn(repo), "modules/sub");
    mkdirSync(kept, { recursive: true });
    rmSync(at, { recursive: true });
    const refused = { exitCode: 4, message: expect.stringContaining("modules") };
    await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject(refused);
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject(refused);
    await doctor(open(repo), { fix: true });
    expect(readdirSync(join(kept, ".."))).toEqual(["sub"]);
  });

  it("leaves the entry that somebody's git repairs meanwhile", async () => {
    const { repo, at } = await grown();
    const moved = join(tempFolder(), "moved");
    renameSync(at, moved);
    const script = `case "$*" in *"worktree add"*) "$GIT" worktree repair ${moved} >&2;; esac; exec "$GIT" "$@"`;
    await withGit(script, () => createNodeWorktree(open(repo), "a")).catch(() => {});
    expect(repo.git("-C", moved, "status", "--porcelain")).toBe("");
  });

  it("works where a power failure has emptied HEAD", async () => {
    const { repo, at } = await grown();
    writeFileSync(join(entryIn(repo), "HEAD"), "");
    rmSync(at, { recursive: true });
    await createNodeWorktree(open(repo), "a");
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
  });

  it("is refused while git was told to keep it, before anything is done", async () => {
    const { repo, at } = await grown();
    repo.git("worktree", "lock", at);
    rmSync(at, { recursive: true });
    const refused = { exitCode: 4, hint: expect.stringContaining("git worktree unlock") };
    await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject(refused);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual([]);
  });

  it("finishes what was killed when git did not see the old one", async () => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    const script = `case "$*" in *"worktree add"*) kill -9 $PPID;; *) "$GIT" "$@";; esac`;
    const killed = await withGit(script, async () =>
      runProgram(["worktree", "--id", "a", "--create"], { cwd: repo.root }),
    );
    expect(killed.code).toBeNull();
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings).toMatchObject([
      { code: "dead-lock", fixed: true },
      { code: "unfinished-add", fixed: true },
    ]);
    expect((await doctor(open(repo), {})).findings).toEqual([]);
    expect(repo.git("-C", at, "status", "--porcelain", "--branch")).toBe("## iter/a");
    expect(readdirSync(join(repo.root, ".git/worktrees"))).toHaveLength(1);
  });
});

it("a folder of an unfinished worktree that came from a backup costs no other worktree its entry", async () => {
  const { repo, at, git, commit } = await grown();
  git("checkout", "--quiet", "--detach");
  const alone = commit("on no branch");
  mkdirSync(join(repo.root, ".worktrees/.unfinished", basename(entryIn(repo))), { recursive: true });
  await add(open(repo), "b");
  await doctor(open(repo), { fix: true });
  expect(repo.git("-C", at, "rev-parse", "HEAD")).toBe(alone);
  expect((await doctor(open(repo), {})).findings).toEqual([]);
});

it("a call that fails does not take the node from another one that is at its checkout", async () => {
  const { repo } = await grown();
  const count = join(tempFolder(), "count");
  const script = `case "$*" in *"worktree add"*) echo >> ${count}; sleep 1; [ $(wc -l < ${count}) = 1 ] && { echo "fatal: no" >&2; exit 128; };; esac; exec "$GIT" "$@"`;
  const [first, second] = await withGit(script, async () => {
    const failing = add(open(repo), "z").then(() => "added", String);
    await sleep(500);
    return Promise.all([failing, add(open(repo), "z").then(() => "added", String)]);
  });
  expect([first, second]).toEqual([expect.stringContaining("fatal: no"), "added"]);
  expect((await open(repo).load()).nodes.map(({ node_id }) => node_id)).toEqual(["a", "z"]);
  expect((await doctor(open(repo), {})).findings).toEqual([]);
});

it("a removal that was cut off where doctor has recorded the worktree is ended by sync", async () => {
  const { repo } = await grown();
  mkdirSync(join(repo.root, "exps"));
  repo.git("worktree", "move", ".worktrees/a", "exps/a");
  await doctor(open(repo), { fix: true });
  renameSync(join(repo.root, "exps/a"), join(repo.root, "exps/.a.leaving"));
  await syncCommit(open(repo), { id: "a" });
  expect(repo.exists("exps/a/train.mjs")).toBe(true);
});

describe("a worktree that was moved without git", () => {
  it("is not cut off by worktree --create, nor by the same add", async () => {
    const { repo, at } = await grown();
    writeFileSync(join(at, "train.mjs"), "not committed");
    renameSync(at, join(repo.root, ".worktrees/moved"));
    const refused = {
      exitCode: 4,
      message: expect.stringContaining("was moved to"),
      hint: expect.stringContaining("--fix"),
    };
    await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject(refused);
    await expect(add(open(repo), "a")).rejects.toMatchObject(refused);
    await doctor(open(repo), { fix: true });
    expect(repo.git("-C", ".worktrees/moved", "status", "--porcelain")).toBe(" M train.mjs");
  });

  it("into another folder is found there, with what is staged", async () => {
    const { repo, at, git } = await grown();
    writeFileSync(join(at, "new.txt"), "staged");
    git("add", "new.txt");
    mkdirSync(join(repo.root, ".worktrees/old"));
    renameSync(at, join(repo.root, ".worktrees/old/a"));
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings).toMatchObject([{ code: "moved-worktree", fixed: true }]);
    expect(repo.git("-C", ".worktrees/old/a", "status", "--porcelain")).toBe("A  new.txt");
  });

  it("to where none may be is not recorded there", async () => {
    const { repo, at } = await grown();
    renameSync(at, join(repo.root, ".worktrees/.old"));
    const { findings } = await doctor(open(repo), { fix: true });
    expect(findings).toMatchObject([
      { code: "moved-worktree", fix: null, fixed: false, message: expect.stringContaining("move it back") },
    ]);
    renameSync(join(repo.root, ".worktrees/.old"), at);
    expect((await doctor(open(repo), {})).findings).toEqual([]);
  });
});

it("a file where a worktree was does not stop everybody", async () => {
  const { repo, at } = await grown();
  renameSync(at, leavingOf(at));
  writeFileSync(at, "in the way");
  await add(open(repo), "b");
  expect((await doctor(open(repo), { fix: true })).findings).toMatchObject([{ code: "leftover-file", fix: null }]);
  rmSync(at);
  await removeWorktrees(open(repo), { id: "a" });
});

describe("what a filter keeps out of the repository", () => {
  it("keeps the worktree, but with --force", async () => {
    const { repo, at, git } = await grown();
    repo.git("config", "filter.strip.clean", "sed /^out/d");
    repo.git("config", "filter.upper.clean", "tr A-Z a-z");
    repo.git("config", "filter.upper.smudge", "tr a-z A-Z");
    writeFileSync(join(at, ".gitattributes"), "*.ipynb filter=strip\n*.up filter=upper\n*.bin filter=lfs\n");
    for (const name of ["n 1.ipynb", "same.ipynb", "x.bin"]) writeFileSync(join(at, name), "code\n");
    writeFileSync(join(at, "whole.up"), "GIVEN BACK AS IT IS\n");
    await syncCommit(open(repo), { id: "a", message: "notebooks" });
    writeFileSync(join(at, "n 1.ipynb"), "code\nout: ten hours\n");
    await syncCommit(open(repo), { id: "a", message: "outputs" });
    expect(git("status", "--porcelain")).toBe("");
    const kept = {
      code: "dirty-worktree",
      message: expect.stringContaining("1 of which a filter keeps a part out of the repository (n 1.ipynb)"),
    };
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject(kept);
    await expect(deleteNode(open(repo), { id: "a" })).rejects.toMatchObject(kept);
    expect(repo.read(".worktrees/a/n 1.ipynb")).toContain("ten hours");
    await removeWorktrees(open(repo), { id: "a", force: true });
    expect(repo.exists(".worktrees/a")).toBe(false);
  });

  it("keeps one with a file whose name is not UTF-8, which cannot be looked at", async () => {
    const { repo, at, git } = await grown();
    repo.git("config", "filter.strip.clean", "sed /^out/d");
    writeFileSync(join(at, ".gitattributes"), "*.nb filter=strip\n");
    writeFileSync(Buffer.concat([Buffer.from(`${at}/caf`), Buffer.from([0xe9]), Buffer.from(".nb")]), "code\nout\n");
    await syncCommit(open(repo), { id: "a", message: "odd name" });
    expect(git("status", "--porcelain")).toBe("");
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" });
  });

  it("may be larger than the memory", async () => {
    const { repo, at } = await grown();
    repo.git("config", "filter.head.clean", "head -c 10");
    writeFileSync(join(at, ".gitattributes"), "*.bin filter=head\n");
    writeFileSync(join(at, "big.bin"), "0123456789");
    await syncCommit(open(repo), { id: "a", message: "x" });
    truncateSync(join(at, "big.bin"), 2200 * 1024 * 1024);
    await syncCommit(open(repo), { id: "a", message: "x" });
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" });
  });

  it("is told after what git itself sees", async () => {
    const { repo, at, git } = await grown();
    repo.git("config", "filter.strip.clean", "sed /^out/d");
    writeFileSync(join(at, ".gitattributes"), "*.nb filter=strip\n");
    writeFileSync(join(at, "n.nb"), "code\n");
    await syncCommit(open(repo), { id: "a", message: "x" });
    git("update-index", "--skip-worktree", "n.nb");
    const message = expect.stringContaining("hidden from git status (n.nb)");
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree", message });
  });

  it("leaves no copies of what was looked at, also when that was cut off", async () => {
    const { repo, at } = await grown();
    repo.git("config", "filter.strip.clean", "cat");
    writeFileSync(join(at, ".gitattributes"), "*.nb filter=strip\n");
    writeFileSync(join(at, "n.nb"), "code\n");
    await syncCommit(open(repo), { id: "a", message: "x" });
    const state = join(repo.root, ".git/tree-autoresearch");
    mkdirSync(join(state, `scratch.${ownerName({ ...ownIdentity(), pid: 2 ** 22 + 1 }, "t")}`));
    await removeWorktrees(open(repo), { id: "a" });
    expect(readdirSync(state).filter((name) => name.startsWith("scratch."))).toEqual([]);
  });

  it("keeps none of whose files it would change", async () => {
    const { repo, at } = await grown();
    repo.git("config", "filter.strip.clean", "sed /^out/d");
    writeFileSync(join(at, ".gitattributes"), "*.ipynb filter=strip\n");
    writeFileSync(join(at, "n.ipynb"), "code\n");
    await syncCommit(open(repo), { id: "a", message: "notebook" });
    await removeWorktrees(open(repo), { id: "a" });
    expect(repo.exists(".worktrees/a")).toBe(false);
  });
});

it("a clone has the commits of its origin's branches", async () => {
  const { repo, commit } = await grown();
  commit("shared");
  await syncCommit(open(repo), { id: "a" });
  repo.git("add", "--force", "ITERATION_TREE.yaml");
  repo.git("commit", "--quiet", "-m", "with the tree");
  const clone = join(tempFolder(), "clone");
  repo.git("clone", "--quiet", repo.root, clone);
  const { findings } = await doctor(open(repositoryAt(clone)), {});
  expect(findings.map(({ code }) => code)).toEqual(["branch-gone"]);
});

it("a worktree that is a mount has to be unmounted first", async (context) => {
  const { repo, at } = await grown();
  if (runCommand("mount", ["--bind", at, at], { cwd: repo.root }).code !== 0) {
    return context.skip();
  }
  try {
    for (const force of [false, true])
      await expect(removeWorktrees(open(repo), { id: "a", force })).rejects.toMatchObject({
        exitCode: 4,
        hint: "Is it a mount? Unmount it first.",
      });
  } finally {
    runCommand("umount", [at], { cwd: repo.root });
  }
  expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
  await removeWorktrees(open(repo), { id: "a" });
});
