import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import { findRepository } from "../../src/git/find-repository.ts";
import { withGitLock } from "../../src/git/git-lock.ts";
import { addNode } from "../../src/operations/add-node.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import type { Workspace } from "../../src/operations/workspace.ts";
import { treeLockOf } from "../../src/store/tree-file.ts";
import { withLock } from "../../src/system/lock.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

export const open = (repo: TempRepository) => openWorkspace({ cwd: repo.root, create: true });
export const add = (workspace: Workspace, id: string, more: object = {}) =>
  addNode(workspace, { id, description: "x", command: "y", worktree: true, ...more });

/** A repository whose tree has the node `a` with its worktree. */
export async function grown() {
  const repo = tempRepository();
  await add(open(repo), "a");
  const at = join(repo.root, ".worktrees/a");
  const git = (...args: readonly string[]) => repo.git("-C", at, ...args);
  const commit = (text: string) => {
    writeFileSync(join(at, "train.mjs"), text);
    git("commit", "--quiet", "-am", text);
    return git("rev-parse", "HEAD");
  };
  return { repo, at, git, commit };
}

/** What `work` leads to when `meanwhile` happens while it waits for a lock that is held until then. */
export async function whileWaiting<T>(
  hold: (work: () => Promise<void>) => Promise<void>,
  work: () => Promise<T>,
  meanwhile: () => void,
): Promise<PromiseSettledResult<T>> {
  let done: Promise<PromiseSettledResult<T>[]> | undefined;
  await hold(async () => {
    done = Promise.allSettled([work()]);
    await sleep(500);
    meanwhile();
  });
  return (await (done as Promise<PromiseSettledResult<T>[]>))[0] as PromiseSettledResult<T>;
}

export const holdGit = (repo: TempRepository) => (work: () => Promise<void>) => {
  const repository = findRepository(repo.root);
  if (!repository) throw new Error("no repository");
  return withGitLock(repository, { purpose: "test" }, work);
};
export const holdTree = (repo: TempRepository) => (work: () => Promise<void>) =>
  withLock(treeLockOf(open(repo).file), { purpose: "test", patience: 10_000 }, work);

/** The tree file edited by hand. */
export function edit(repo: TempRepository, change: (text: string) => string): void {
  const text = readFileSync(repo.treeFile, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(repo.treeFile, changed);
}

/** What `work` leads to with a `git` on the PATH that runs this shell script; the real one is $GIT. */
export async function withGit<T>(script: string, work: () => Promise<T>): Promise<T> {
  const bin = tempFolder();
  const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
  writeFileSync(join(bin, "git"), `#!/bin/sh\nGIT=${real}\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env["PATH"]}`);
  try {
    return await work();
  } finally {
    vi.unstubAllEnvs();
  }
}
