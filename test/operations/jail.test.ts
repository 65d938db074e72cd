import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node.ts";
import { createNodeWorktree } from "../../src/operations/create-worktree.ts";
import { deleteNode } from "../../src/operations/delete-node.ts";
import { doctor } from "../../src/operations/doctor.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import type { Workspace } from "../../src/operations/workspace.ts";
import { findNode } from "../../src/tree/find-node.ts";
import { repositoryAt, tempFolder, tempRepository } from "../temp-repository.ts";
import { add, grown, open } from "./grown.ts";

const ownMark = ".gone-0123456789abcdef";

/** A folder with a file in it. */
function folderWith(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "notes"), "gold");
  return join(path, "notes");
}

describe("what removals left aside is looked for", () => {
  it.each(["../victim", "./", ""])("nowhere that a tree file must not name: %j", async (path) => {
    const folder = join(tempFolder(), "repository");
    mkdirSync(folder);
    const repo = tempRepository({ folder });
    const outside = dirname(repo.root);
    const name = path.startsWith("..") ? "victim" : "repository";
    const victim = folderWith(join(outside, `.${name}${ownMark}`));
    repo.write("ITERATION_TREE.yaml", `nodes: [{node_id: a, worktree: {path: "${path}", branch: iter/a}}]\n`);
    await doctor(open(repo), { fix: true }).catch(() => {});
    await add(open(repo), "b");
    expect(readFileSync(victim, "utf8")).toBe("gold");
  });

  it("by names that nobody else gives", async () => {
    const { repo } = await grown();
    const theirs = folderWith(join(repo.root, ".worktrees/.old.gone"));
    const ours = folderWith(join(repo.root, `.worktrees/.a${ownMark}`));
    await add(open(repo), "b");
    expect(readFileSync(theirs, "utf8")).toBe("gold");
    // control: what bears our mark goes
    expect(() => readFileSync(ours)).toThrow("ENOENT");
    expect((await doctor(open(repo), {})).findings).toEqual([]);
  });
});

describe("a name that is no UTF-8", () => {
  /** `.worktrees/a/caf\xe9` as bytes, which Node's strings cannot name. */
  const odd = (at: string) => Buffer.concat([Buffer.from(`${at}/caf`), Buffer.from([0xe9])]);

  it("of a file that git does not look at keeps the worktree", async () => {
    const { repo, at, git } = await grown();
    writeFileSync(odd(at), "one");
    git("add", "--all");
    git("commit", "--quiet", "-m", "odd");
    execFileSync("sh", ["-c", "git update-index --assume-unchanged caf*"], { cwd: at });
    writeFileSync(odd(at), "two");
    expect(git("status", "--porcelain")).toBe("");
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" });
    expect(readFileSync(odd(at), "utf8")).toBe("two");
  });

  it("of a repository within keeps the worktree", async () => {
    const { repo, at } = await grown();
    execFileSync("sh", ["-c", `git init -q "$(printf 'n\\351st')" && cd n* && git commit -q --allow-empty -m theirs`], {
      cwd: at,
      env: { ...process.env, ...author },
    });
    await syncCommit(open(repo), { id: "a", message: "with it" });
    await expect(removeWorktrees(open(repo), { id: "a" })).rejects.toMatchObject({ code: "dirty-worktree" });
  });

  const author = {
    ...{ GIT_AUTHOR_NAME: "T", GIT_AUTHOR_EMAIL: "t@example.org" },
    ...{ GIT_COMMITTER_NAME: "T", GIT_COMMITTER_EMAIL: "t@example.org" },
  };
});

describe("sync -m of a worktree with a repository in it", () => {
  it("says what its commit does not hold, and refuses when that is changed", async () => {
    const { repo, at } = await grown();
    const lib = join(at, "lib");
    mkdirSync(lib);
    const within = repositoryAt(lib);
    within.git("init", "--quiet");
    within.write("model.py", "rate = 1\n");
    const commit = () => {
      within.git("add", "--all");
      within.git("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "theirs");
    };
    commit();
    const warned: string[] = [];
    const listening = () => openWorkspace({ cwd: repo.root, warn: (message) => warned.push(message) });
    const first = await syncCommit(listening(), { id: "a", message: "all" });
    expect(warned).toEqual([expect.stringMatching(/repositories within, .* not their files: lib$/)]);
    within.write("model.py", "rate = 2\n");
    for (const message of ["again", undefined]) {
      await expect(syncCommit(listening(), { id: "a", message })).rejects.toMatchObject({
        code: "dirty-worktree",
        message: expect.stringContaining("repositories of their own: lib"),
        hint: expect.stringContaining("Commit them there first"),
      });
    }
    expect(findNode(await open(repo).load(), "a")?.worktree?.commit).toBe(first.commit);
    commit();
    expect((await syncCommit(listening(), { id: "a", message: "again" })).commit).not.toBe(first.commit);
  });
});

describe("a worktree whose folder was emptied", () => {
  it("is created again at the first try", async () => {
    const { repo, at, commit } = await grown();
    const head = commit("of its own");
    rmSync(at, { recursive: true });
    mkdirSync(at);
    await createNodeWorktree(open(repo), "a");
    expect(repo.git("-C", at, "rev-parse", "HEAD")).toBe(head);
    expect(repo.git("-C", at, "branch", "--show-current")).toBe("iter/a");
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
  });

  it("stays on the branch that somebody else has checked out meanwhile", async () => {
    const { repo, at } = await grown();
    rmSync(at, { recursive: true });
    repo.git("worktree", "add", "--quiet", "--force", join(repo.root, "other"), "iter/a");
    await expect(createNodeWorktree(open(repo), "a")).rejects.toMatchObject({
      message: expect.stringContaining(`checked out at ${join(repo.root, "other")}`),
    });
  });
});

describe("a deletion while its node gets a worktree", () => {
  it("takes worktree and branch with it", async () => {
    const repo = tempRepository();
    await addNode(open(repo), { id: "a", description: "x", command: "y" });
    const workspace = open(repo);
    let isFirst = true;
    const overtaken: Workspace = {
      ...workspace,
      async edit(change, options) {
        if (isFirst) {
          isFirst = false;
          await createNodeWorktree(open(repo), "a");
        }
        return workspace.edit(change, options);
      },
    };
    await deleteNode(overtaken, { id: "a" });
    expect((await open(repo).load()).nodes).toEqual([]);
    expect(repo.exists(".worktrees/a")).toBe(false);
    expect(repo.git("branch", "--list", "iter/a")).toBe("");
  });
});

describe("a repository whose refs are kept in tables", () => {
  it("keeps its worktrees and branches: commits that only their logs name would be lost", async () => {
    const { repo } = await grown();
    mkdirSync(join(repo.root, ".git/reftable"));
    for (const remove of [() => removeWorktrees(open(repo), { id: "a" }), () => deleteNode(open(repo), { id: "a" })])
      await expect(remove()).rejects.toMatchObject({ message: expect.stringContaining("reftable") });
    expect(repo.exists(".worktrees/a/train.mjs")).toBe(true);
  });
});
