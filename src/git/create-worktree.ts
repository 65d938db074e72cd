import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, GitError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { isEmpty, isThere } from "../system/is-there.ts";
import { findCommit } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { forgetHidden, hideEntry, refuseLocked, refuseModules } from "./forget-entry.ts";
import { gitIn, isPassing } from "./git.ts";
import { endAside, findAside, refuseStuck } from "./leaving.ts";
import { requireSafeBranch } from "./path-jail.ts";
import { beginWorktree, clearUnfinished, dropEntries, listUnfinished, settleWorktree } from "./unfinished.ts";
import { findEntry, refuseMoved } from "./worktree-entries.ts";
import { findCheckout, worktreeAt } from "./worktree-state.ts";

export interface NewWorktree {
  /** absolute */
  readonly path: string;
  readonly branch: string;
  /** full id; where the branch starts, unless it exists */
  readonly commit: string;
  /** Whether the branch may exist already, as that of a worktree that was removed. */
  readonly reuseBranch: boolean;
  /** Whether there was no such branch just now, and a new one would be a file of its own. */
  readonly isFree?: boolean | undefined;
}

const mostTries = 5;

/**
 * Creates branch and folder; on failure all is as it was. What says that a worktree is to be here (git's entry of one
 * whose folder is gone, a folder that was never finished) goes only when another one says so. To be called by whoever
 * holds git's lock: git serves one `worktree add` at a time. Throws ConflictError when branch or folder is taken.
 */
export async function createWorktree(repository: Repository, worktree: NewWorktree): Promise<void> {
  const { path } = worktree;
  requireSafeBranch(worktree.branch);
  for (const each of findAside(repository, path)) endAside(each);
  refuseStuck(repository, path);
  if (worktreeAt(repository, path) === "ready") return;
  if (isThere(path) && isEmpty(path)) rmdirSync(path);
  let wasCutOff = false;
  for (let attempt = 1; ; attempt++) {
    dropEntries(repository);
    const left = listUnfinished(repository, path);
    wasCutOff ||= left.length > 0;
    try {
      return await createOnce(repository, worktree, left);
    } catch (error) {
      // Nobody of ours is at work here now, but somebody else's git may be; and that of a killed process may be at work
      // still, and have made its branch or entry just now.
      const isOver = error instanceof GitError && isPassing(error);
      if (!(isOver || wasCutOff) || attempt === mostTries) throw error;
      await sleep(attempt * (isOver ? 50 : 500));
    }
  }
}

/** `left` are the folders of those who were to make this worktree, and were killed. */
async function createOnce(repository: Repository, worktree: NewWorktree, left: readonly string[]): Promise<void> {
  const { path, branch, commit } = worktree;
  const git = gitIn(repository.root, { isTriedOnce: true });
  const before = findEntry(repository, path);
  if (before) {
    refuseMoved(repository, path, before);
    refuseLocked(path, before.folder);
    refuseModules(path, before.folder);
  }
  requireAbsent(repository, path);
  const isNewBranch = worktree.isFree ? isFreeStill(repository, branch) : await isToBeMade(repository, worktree);
  mkdirSync(dirname(path), { recursive: true });
  const folder = beginWorktree(repository, path);
  clearUnfinished(repository, left);
  let bringBack: (() => boolean) | undefined;
  try {
    // As git sees it, it has the branch.
    bringBack = before && hideEntry(before.folder);
    const args = isNewBranch ? ["--no-track", "-b", branch, folder, commit] : [folder, branch];
    await git("worktree", "add", "--quiet", ...args);
    settleWorktree(repository, folder, path);
  } catch (error) {
    // Else the new folder is the only one that says that a worktree is to be here.
    const mayGo = bringBack ? bringBack() : before !== undefined || left.length === 0;
    const isOthers = error instanceof GitError && /(branch named .*|reference) already exists/i.test(error.message);
    // What keeps it from being taken back is told less well than what failed.
    if (isNewBranch && !isOthers) await dropBranch(repository, worktree).catch(() => {});
    if (mayGo) clearUnfinished(repository, [folder]);
    // git clears away what it could not finish.
    else mkdirSync(folder, { recursive: true });
    throw isNewBranch && isOthers ? branchExists(branch) : error;
  }
  forgetHidden(repository);
}

function requireAbsent(repository: Repository, path: string): void {
  if (worktreeAt(repository, path) === "absent") return;
  throw new ConflictError(`${path} exists, but is no worktree of this repository`, {
    hint: "Move it away, then try again.",
  });
}

function branchExists(branch: string): ConflictError {
  return new ConflictError(`The branch '${branch}' exists already`, { hint: "Choose another --id." });
}

/** Where nobody had the branch just now: what was made since is a file of its own. Throws ConflictError when there is one. */
function isFreeStill({ commonFolder }: Repository, branch: string): true {
  const file = join(commonFolder, "refs/heads", branch);
  // A folder holds other branches, or none any more: git tells.
  if (isThere(file) && statSync(file).isFile()) throw branchExists(branch);
  return true;
}

/** Whether the branch is to be made. Throws ConflictError when it is somebody's. */
async function isToBeMade(repository: Repository, { path, branch, reuseBranch }: NewWorktree): Promise<boolean> {
  // Looked for also where git would say so: what is made here is dropped when git fails, and nothing else may be.
  if ((await findCommit(gitIn(repository.root), `refs/heads/${branch}`)) === undefined) return true;
  if (!reuseBranch) throw branchExists(branch);
  const elsewhere = await findCheckout(repository, branch, path);
  if (elsewhere === undefined) return false;
  throw new ConflictError(`The branch '${branch}' is checked out at ${elsewhere}, not at ${path}`, {
    hint:
      elsewhere === repository.root
        ? "Check out another one there: git switch BRANCH"
        : `Move it back: git worktree move ${shellWord(elsewhere)} ${shellWord(path)}`,
  });
}

/** Only where it was begun: whatever else is on it was not there before. */
async function dropBranch({ root }: Repository, { branch, commit }: NewWorktree): Promise<void> {
  const git = gitIn(root);
  if ((await findCommit(git, `refs/heads/${branch}`)) === commit)
    await git("update-ref", "-d", `refs/heads/${branch}`, commit);
}
