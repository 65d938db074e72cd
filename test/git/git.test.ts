import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { diffStat, findCommit, requireHead } from "../../src/git/commits.ts";
import { createWorktree as createInTurn, type NewWorktree } from "../../src/git/create-worktree.ts";
import { excludePaths } from "../../src/git/exclude.ts";
import { findRepository, type Repository } from "../../src/git/find-repository.ts";
import { gitIn } from "../../src/git/git.ts";
import { withGitLock } from "../../src/git/git-lock.ts";
import { isSafeBranch, requireInside } from "../../src/git/path-jail.ts";
import { pinCommit } from "../../src/git/pins.ts";
import { removeWorktree } from "../../src/git/remove-worktree.ts";
import { diskUse, readWorktree, worktreeAt } from "../../src/git/worktree-state.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";
import { unfinishedName } from "../unfinished-name.ts";

function repositoryOf({ root }: TempRepository) {
  const found = findRepository(root);
  if (!found) throw new Error("no repository");
  return found;
}

function createWorktree(repository: Repository, worktree: NewWorktree): Promise<void> {
  return withGitLock(repository, { purpose: "test" }, () => createInTurn(repository, worktree));
}

describe("findRepository", () => {
  it("finds the main worktree from the root, a subfolder and a linked worktree", () => {
    const repo = tempRepository();
    repo.git("worktree", "add", "--quiet", "-b", "x", ".worktrees/x");
    mkdirSync(join(repo.root, "src/deep"), { recursive: true });
    for (const [from, here] of [
      [".", "."],
      ["src/deep", "."],
      [".worktrees/x", ".worktrees/x"],
    ] as const) {
      expect(findRepository(join(repo.root, from))).toMatchObject({
        root: repo.root,
        here: join(repo.root, here),
        commonFolder: join(repo.root, ".git"),
      });
    }
  });

  it("goes through a symbolic link", () => {
    const repo = tempRepository();
    const link = join(tempFolder(), "link");
    symlinkSync(repo.root, link);
    expect(findRepository(link)?.root).toBe(repo.root);
  });

  it("finds none outside, and says so of a bare one", () => {
    expect(findRepository(tempFolder())).toBeUndefined();
    const bare = tempFolder();
    tempRepository().git("clone", "--quiet", "--bare", ".", bare);
    expect(() => findRepository(bare)).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringContaining("bare repository") }),
    );
  });

  it("takes a submodule for a repository of its own", () => {
    const outer = tempRepository();
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tempRepository().root, "inner");
    expect(findRepository(join(outer.root, "inner"))).toMatchObject({
      root: join(outer.root, "inner"),
      commonFolder: join(outer.root, ".git/modules/inner"),
    });
  });
});

describe("gitIn", () => {
  it("runs no hook and no fsmonitor of the repository", async () => {
    const repo = tempRepository();
    const proof = join(repo.root, "executed");
    for (const hook of ["post-checkout", "pre-commit", "reference-transaction"]) {
      writeFileSync(join(repo.root, ".git/hooks", hook), `#!/bin/sh\ntouch ${proof}\n`);
      chmodSync(join(repo.root, ".git/hooks", hook), 0o755);
    }
    writeFileSync(join(repo.root, ".git/monitor"), `#!/bin/sh\ntouch ${proof}\n`);
    chmodSync(join(repo.root, ".git/monitor"), 0o755);
    repo.git("config", "core.fsmonitor", join(repo.root, ".git/monitor"));
    const head = await requireHead(gitIn(repo.root));
    await createWorktree(repositoryOf(repo), {
      path: join(repo.root, ".worktrees/a"),
      branch: "iter/a",
      commit: head,
      reuseBranch: false,
    });
    await readWorktree(repo.root);
    expect(existsSync(proof)).toBe(false);
    repo.git("status"); // control: git itself runs them
    expect(existsSync(proof)).toBe(true);
  });

  it("says what git said when it fails", async () => {
    await expect(gitIn(tempRepository().root)("branch", "-D", "nope")).rejects.toMatchObject({
      code: "git-failed",
      exitCode: 6,
      message: "git branch failed: error: branch 'nope' not found.",
    });
  });
});

describe("commits", () => {
  it("takes a revision for a revision only: no option, no file gets through", async () => {
    const repo = tempRepository();
    const git = gitIn(repo.root);
    const head = repo.git("rev-parse", "HEAD");
    expect(await findCommit(git, "main")).toBe(head);
    expect(await findCommit(git, head.slice(0, 8))).toBe(head);
    for (const bad of ["", "nope", "--output=x", "-x", "$(id)", "main; id", "HEAD:train.mjs", "a\0b"]) {
      expect(await findCommit(git, bad), bad).toBeUndefined();
    }
  });

  it("says `commit first` in an empty repository", async () => {
    await expect(requireHead(gitIn(tempRepository({ empty: true }).root))).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining("git commit"),
    });
  });

  it("gives the stat of what differs", async () => {
    const repo = tempRepository();
    repo.write("train.mjs", "changed\n");
    repo.git("commit", "--quiet", "-am", "change");
    expect(await diffStat(gitIn(repo.root), repo.git("rev-parse", "HEAD~1"), repo.git("rev-parse", "HEAD"))).toContain(
      "train.mjs | 2 +-",
    );
    expect(await diffStat(gitIn(repo.root), repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "HEAD"))).toBe("");
  });
});

describe("pinCommit", () => {
  it("keeps a commit after its branch went and git collected garbage", async () => {
    const repo = tempRepository();
    const lose = (name: string) => {
      repo.git("checkout", "--quiet", "-b", name);
      repo.write("f", name);
      repo.git("add", "f");
      repo.git("commit", "--quiet", "-m", name);
      const commit = repo.git("rev-parse", "HEAD");
      repo.git("checkout", "--quiet", "main");
      return commit;
    };
    const [pinned, lost] = [lose("pinned"), lose("lost")];
    expect(await pinCommit(gitIn(repo.root), "a", pinned)).toBe(`refs/tree-autoresearch/a/${pinned.slice(0, 7)}`);
    repo.git("branch", "-D", "pinned", "lost");
    repo.git("reflog", "expire", "--expire=now", "--all");
    repo.git("gc", "--quiet", "--prune=now");
    expect(await findCommit(gitIn(repo.root), pinned)).toBe(pinned);
    expect(await findCommit(gitIn(repo.root), lost)).toBeUndefined(); // control: without a pin it is gone
  });

  it("keeps both of two commits whose short ids are the same", async () => {
    const repo = tempRepository();
    const git = gitIn(repo.root);
    const first = repo.git("rev-parse", "HEAD");
    const other = repo.git("commit-tree", "HEAD^{tree}", "-m", "other");
    repo.git("update-ref", `refs/tree-autoresearch/a/${other.slice(0, 7)}`, first);
    expect(await pinCommit(git, "a", other)).toBe(`refs/tree-autoresearch/a/${other}`);
  });
});

describe("excludePaths", () => {
  it("adds each path once, and keeps what is there", () => {
    const repo = tempRepository();
    writeFileSync(join(repo.root, ".git/info/exclude"), "mine");
    excludePaths(repositoryOf(repo), [".worktrees/"]);
    excludePaths(repositoryOf(repo), [".worktrees/", "T.yaml"]);
    expect(readFileSync(join(repo.root, ".git/info/exclude"), "utf8")).toBe("mine\n/.worktrees/\n/T.yaml\n");
    excludePaths(repositoryOf(repo), ["exp [1]*.yaml"]);
    repo.write("exp [1]*.yaml", "");
    repo.write("exp 1x.yaml", "");
    expect(repo.git("status", "--porcelain")).toBe('?? "exp 1x.yaml"');
  });
});

describe("the path jail", () => {
  it("lets through what lies in the main worktree", () => {
    const root = tempFolder();
    expect(requireInside(root, ".worktrees/a", "path")).toBe(join(root, ".worktrees/a"));
    expect(requireInside(root, "./a/../b", "path")).toBe(join(root, "b"));
    expect(requireInside(root, ".", "path")).toBe(root);
  });

  it.each(["..", "../x", "a/../../x", "/etc", ".git", ".git/hooks", ".GIT/x", "a\0b"])("refuses %j", (path) => {
    expect(() => requireInside(tempFolder(), path, "path")).toThrow(expect.objectContaining({ exitCode: 5 }));
  });

  it("refuses a symbolic link on the way", () => {
    const root = tempFolder();
    symlinkSync(tempFolder(), join(root, ".worktrees"));
    expect(() => requireInside(root, ".worktrees/a", "path")).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringContaining("symbolic link") }),
    );
  });

  it("knows branch names that are only names", () => {
    for (const good of ["iter/a", "main", "feature/x-1.2", "a"]) expect(isSafeBranch(good), good).toBe(true);
    for (const bad of [
      "-x",
      "--upload-pack=x",
      "$(id)",
      "a b",
      "a..b",
      "a/",
      "a.lock",
      "a.lock/b",
      "/a",
      "a//b",
      ".a",
      "a/.b",
      "@{-1}",
      "a~1",
      "é",
    ]) {
      expect(isSafeBranch(bad), bad).toBe(false);
    }
  });
});

describe("worktrees", () => {
  async function withWorktree() {
    const repo = tempRepository();
    const repository = repositoryOf(repo);
    const path = join(repo.root, ".worktrees/a");
    const commit = repo.git("rev-parse", "HEAD");
    await createWorktree(repository, { path, branch: "iter/a", commit, reuseBranch: false });
    return { repo, repository, path, commit };
  }

  it("are created once, and the second call finds them", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    expect(worktreeAt(repository, path)).toBe("ready");
    await createWorktree(repository, { path, branch: "iter/a", commit, reuseBranch: true });
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
  });

  it("refuse a branch that is taken, and leave it alone", async () => {
    const { repo, repository, commit } = await withWorktree();
    repo.git("branch", "iter/b");
    const creating = createWorktree(repository, {
      path: join(repo.root, ".worktrees/b"),
      branch: "iter/b",
      commit,
      reuseBranch: false,
    });
    await expect(creating).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining("iter/b") });
    expect(repo.git("branch", "--list", "iter/b")).not.toBe("");
    expect(repo.exists(".worktrees/b")).toBe(false);
  });

  it("leave neither branch nor folder when git fails", async () => {
    const { repo, repository } = await withWorktree();
    repo.write(".gitattributes", "*.mjs filter=bad\n");
    repo.git("add", "--all");
    repo.git("commit", "--quiet", "-m", "bad");
    repo.git("config", "filter.bad.smudge", "exit 1");
    repo.git("config", "filter.bad.required", "true");
    const creating = createWorktree(repository, {
      path: join(repo.root, ".worktrees/c"),
      branch: "iter/c",
      commit: repo.git("rev-parse", "HEAD"),
      reuseBranch: false,
    });
    await expect(creating).rejects.toMatchObject({ exitCode: 6 });
    expect(repo.git("branch", "--list", "iter/c")).toBe("");
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a"]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(2);
  });

  it("are made although another one lies behind a link that leads to itself", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    const parent = join(tempFolder(), "mnt");
    mkdirSync(parent);
    repo.git("worktree", "add", "--quiet", "-b", "far", join(parent, "w"));
    rmSync(parent, { recursive: true });
    symlinkSync("mnt", parent);
    await createWorktree(repository, { path: `${path}2`, branch: "iter/a2", commit, reuseBranch: false });
    expect(repo.exists(".worktrees/a2/train.mjs")).toBe(true);
  });

  it("are made although a git that was killed left an entry that stops every git", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    const b = unfinishedName("b");
    repo.write(`.worktrees/.unfinished/${b}/.git`, `gitdir: ${join(repo.root, `.git/worktrees/${b}`)}\n`);
    repo.write(`.git/worktrees/${b}/gitdir`, `${join(repo.root, `.worktrees/.unfinished/${b}/.git`)}\n`);
    repo.write(`.git/worktrees/${b}/commondir`, "");
    expect(() => repo.git("worktree", "list")).toThrow(/commondir/);
    // That of another node stays, to tell of it; that of the same goes.
    await createWorktree(repository, { path: `${path}2`, branch: "iter/a2", commit, reuseBranch: false });
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual([".unfinished", "a", "a2"]);
    await createWorktree(repository, {
      ...{ path: join(repo.root, ".worktrees/b"), branch: "iter/b" },
      commit,
      reuseBranch: false,
    });
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a", "a2", "b"]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(4);
    expect(repo.git("-C", ".worktrees/b", "status", "--porcelain", "--branch")).toBe("## iter/b");
  });

  it("are safe from folders that look like what a killed add left", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    repo.git("worktree", "add", "--quiet", "--detach", ".worktrees/mine");
    repo.write(".worktrees/.unfinished/mine/x", "named like another one's entry");
    await createWorktree(repository, { path: `${path}2`, branch: "iter/a2", commit, reuseBranch: false });
    expect(repo.git("-C", ".worktrees/mine", "status", "--porcelain")).toBe("");
    const outside = tempFolder();
    mkdirSync(join(outside, unfinishedName("b")));
    rmSync(join(repo.root, ".worktrees/.unfinished"), { recursive: true });
    symlinkSync(outside, join(repo.root, ".worktrees/.unfinished"));
    const b = { path: join(repo.root, ".worktrees/b"), branch: "iter/b", commit, reuseBranch: false };
    await expect(createWorktree(repository, b)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("symbolic link"),
    });
    expect(existsSync(join(outside, unfinishedName("b")))).toBe(true);
  });

  it("know where they are, also when git is told to write relative paths", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    repo.git("config", "worktree.useRelativePaths", "true");
    await createWorktree(repository, { path: `${path}2`, branch: "iter/a2", commit, reuseBranch: false });
    expect(repo.git("-C", `${path}2`, "status", "--porcelain", "--branch")).toBe("## iter/a2");
    expect(repo.git("worktree", "list", "--porcelain")).toContain(`worktree ${path}2\n`);
    expect(repo.git("worktree", "prune", "--verbose")).toBe("");
  });

  it("tell modified, untracked and ignored files apart, with odd names and renames", async () => {
    const { repo, path } = await withWorktree();
    const at = (name: string, text: string) => repo.write(`.worktrees/a/${name}`, text);
    at("old name.txt", "some text that is long enough to be recognised\n");
    repo.git("-C", path, "add", ".");
    repo.git("-C", path, "commit", "--quiet", "-m", "file");
    repo.git("-C", path, "mv", "old name.txt", "new\nname.txt");
    at("train.mjs", "changed");
    at("möw.txt", "");
    at("deep/x.ckpt", "weights");
    expect(await readWorktree(path)).toEqual({
      head: repo.git("-C", path, "rev-parse", "HEAD"),
      branch: "iter/a",
      modified: ["new\nname.txt", "train.mjs"],
      unmerged: [],
      untracked: ["möw.txt"],
      hidden: [],
      submodules: [],
      ignored: ["deep/x.ckpt"],
    });
  });

  it("know a detached HEAD", async () => {
    const { repo, path } = await withWorktree();
    repo.git("-C", path, "checkout", "--quiet", "--detach");
    expect(await readWorktree(path)).toMatchObject({ branch: undefined, head: repo.git("rev-parse", "HEAD") });
  });

  it.each([
    ["modified", "train.mjs"],
    ["untracked", "notes.txt"],
    ["ignored", "model.ckpt"],
  ])("are not removed while they hold %s files, unless forced", async (kind, name) => {
    const { repo, repository, path } = await withWorktree();
    repo.write(`.worktrees/a/${name}`, "precious");
    await expect(removeWorktree(repository, path, { id: "x", force: false })).rejects.toMatchObject({
      code: "dirty-worktree",
      exitCode: 4,
      message: expect.stringContaining(`1 ${kind} (${name})`),
    });
    expect(repo.read(`.worktrees/a/${name}`)).toBe("precious");
    await removeWorktree(repository, path, { id: "x", force: true });
    expect(worktreeAt(repository, path)).toBe("absent");
  });

  it("control: git alone would delete ignored files without a word", async () => {
    const { repo, path } = await withWorktree();
    repo.write(".worktrees/a/model.ckpt", "precious");
    repo.git("worktree", "remove", path);
    expect(existsSync(path)).toBe(false);
  });

  it("are not removed while they hold files that git status does not look at", async () => {
    const { repo, repository, path } = await withWorktree();
    repo.git("-C", path, "update-index", "--assume-unchanged", "train.mjs");
    repo.write(".worktrees/a/train.mjs", "precious");
    await expect(removeWorktree(repository, path, { id: "x", force: false })).rejects.toMatchObject({
      code: "dirty-worktree",
      message: expect.stringContaining("1 hidden from git status (train.mjs)"),
    });
    expect(repo.read(".worktrees/a/train.mjs")).toBe("precious");
  });

  it("of others, also those that are away just now, are left alone", async () => {
    const { repo, repository, commit } = await withWorktree();
    const away = tempFolder();
    repo.git("worktree", "add", "--quiet", "--detach", join(away, "here"));
    renameSync(join(away, "here"), join(away, "moved"));
    await createWorktree(repository, {
      path: join(repo.root, ".worktrees/b"),
      branch: "iter/b",
      commit,
      reuseBranch: false,
    });
    rmSync(join(repo.root, ".worktrees/b"), { recursive: true });
    await removeWorktree(repository, join(repo.root, ".worktrees/b"), { id: "x", force: false });
    expect(repo.git("worktree", "list")).not.toContain(".worktrees/b");
    expect(repo.git("-C", join(away, "moved"), "status", "--porcelain")).toBe("");
  });

  it("without a checkout are somebody's work, not a killed add", async () => {
    const { repo, repository, commit } = await withWorktree();
    const path = join(repo.root, ".worktrees/b");
    repo.git("worktree", "add", "--quiet", "--no-checkout", "-b", "iter/b", path);
    writeFileSync(join(path, "results.txt"), "precious");
    await createWorktree(repository, { path, branch: "iter/b", commit, reuseBranch: true });
    expect(readFileSync(join(path, "results.txt"), "utf8")).toBe("precious");
  });

  it("on a branch that is checked out elsewhere say where", async () => {
    const { repo, repository, path, commit } = await withWorktree();
    repo.git("worktree", "move", path, ".worktrees/moved");
    await expect(
      createWorktree(repository, { path, branch: "iter/a", commit, reuseBranch: true }),
    ).rejects.toMatchObject({
      exitCode: 4,
      hint: `Move it back: git worktree move ${join(repo.root, ".worktrees/moved")} ${path}`,
    });
  });

  it("take no branch name that git would take for an option", async () => {
    const { repo, repository, commit } = await withWorktree();
    const path = join(repo.root, ".worktrees/b");
    for (const branch of ["-m", "-D", "--detach", "--edit-description"]) {
      await expect(createWorktree(repository, { path, branch, commit, reuseBranch: true })).rejects.toMatchObject({
        exitCode: 4,
      });
    }
    expect(repo.git("branch", "--format=%(refname:short)").split("\n")).toEqual(["iter/a", "main"]);
  });

  it("work in a submodule, and with a git folder that lies elsewhere", async () => {
    const outer = tempRepository();
    outer.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tempRepository().root, "inner");
    const inner = join(outer.root, "inner");
    const elsewhere = tempFolder();
    outer.git("clone", "--quiet", "--separate-git-dir", join(elsewhere, "store.git"), ".", join(elsewhere, "work"));
    for (const root of [inner, join(elsewhere, "work")]) {
      const repository = findRepository(root);
      if (!repository) throw new Error("no repository");
      const path = join(root, ".worktrees/a");
      const commit = await requireHead(gitIn(root));
      await createWorktree(repository, { path, branch: "iter/a", commit, reuseBranch: false });
      expect(worktreeAt(repository, path)).toBe("ready");
    }
    expect(findRepository(join(inner, ".worktrees/a"))?.root).toBe(inner);
    expect(() => findRepository(join(elsewhere, "work/.worktrees/a"))).toThrow(
      /does not say where its main worktree is/,
    );
  });

  it("do not mistake another folder for a worktree", async () => {
    const { repo, repository } = await withWorktree();
    repo.write(".worktrees/plain/file", "x");
    expect(worktreeAt(repository, join(repo.root, ".worktrees/plain"))).toBe("foreign");
    await expect(
      removeWorktree(repository, join(repo.root, ".worktrees/plain"), { id: "x", force: true }),
    ).rejects.toMatchObject({ exitCode: 4 });
    expect(repo.exists(".worktrees/plain/file")).toBe(true);
  });

  it("count the bytes on disk, links not followed", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "a"), "12345");
    writeFileSync(join(folder, "sub/b"), "123");
    symlinkSync("/usr", join(folder, "link"));
    expect(diskUse(folder)).toBe(5 + 3 + "/usr".length);
  });
});

describe("a process that is busy while git ends", () => {
  it("gets all that git has said", async () => {
    const repo = tempRepository();
    const head = repo.git("rev-parse", "HEAD");
    const ask = async () => {
      const said = await gitIn(repo.root)("rev-parse", "HEAD");
      for (const end = performance.now() + 150; performance.now() < end; );
      return said;
    };
    for (let round = 0; round < 5; round++)
      expect(await Promise.all(Array.from({ length: 6 }, ask))).toEqual(Array(6).fill(`${head}\n`));
  });
});
