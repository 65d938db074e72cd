import { mkdirSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, GitError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { isEmpty, isThere } from "../system/is-there.ts";
import { findCommit } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { endAside, findAside, refuseStuck } from "./leaving.ts";
import { requireSafeBranch } from "./path-jail.ts";
import { beginWorktree, clearUnfinished, listUnfinished, settleWorktree } from "./unfinished.ts";
import { findEntry, refuseMoved, type WorktreeEntry } from "./worktree-entries.ts";
import { findCheckout, worktreeAt } from "./worktree-state.ts";

export interface NewWorktree {
  /** absolute */
  readonly path: string;
  readonly branch: string;
  /** full id; where the branch starts, unless it exists */
  readonly commit: string;
  /** Whether the branch may exist already, as that of a worktree that was removed. */
  readonly reuseBranch: boolean;
}

const mostTries = 5;

/** Creates branch and folder; on failure neither stays. To be called by whoever holds git's lock: git serves one `worktree add` at a time. Throws ConflictError when either is taken. */
export async function createWorktree(repository: Repository, worktree: NewWorktree): Promise<void> {
  requireSafeBranch(worktree.branch);
  for (const each of findAside(repository, worktree.path)) endAside(each);
  refuseStuck(repository, worktree.path);
  let wasCutOff = false;
  for (let attempt = 1; ; attempt++) {
    if (worktreeAt(repository, worktree.path) === "ready") return;
    const before = isThere(worktree.path) ? undefined : findEntry(repository, worktree.path);
    wasCutOff = clearOwn(repository, worktree) || wasCutOff;
    try {
      return await createOnce(repository, worktree);
    } catch (error) {
      // Then the unfinished folder alone says that a worktree is to be here.
      if (before && !isWhole(before)) throw error;
      // The git of a killed process may be at work still, and have made its branch or entry just now.
      wasCutOff = clearOwn(repository, worktree) || wasCutOff;
      if (!wasCutOff || attempt === mostTries) throw error;
      await sleep(attempt * 500);
    }
  }
}

/** Whether git has not begun to forget the worktree of this entry. */
function isWhole({ folder }: WorktreeEntry): boolean {
  return ["gitdir", "commondir", "HEAD"].every((name) => isThere(join(folder, name)));
}

/** Removes what others who were to make this worktree have left. Returns whether there was anything. */
function clearOwn(repository: Repository, { path }: NewWorktree): boolean {
  const left = listUnfinished(repository, path);
  clearUnfinished(repository, left);
  return left.length > 0;
}

async function createOnce(repository: Repository, worktree: NewWorktree): Promise<void> {
  const { path, branch, commit, reuseBranch } = worktree;
  const git = gitIn(repository.root);
  if (isThere(path) && isEmpty(path)) rmdirSync(path);
  const before = isThere(path) ? undefined : findEntry(repository, path);
  if (before) refuseMoved(path, before);
  if (worktreeAt(repository, path) !== "absent") {
    throw new ConflictError(`${path} exists, but is no worktree of this repository`, {
      hint: "Move it away, then try again.",
    });
  }
  const existing = await findCommit(git, `refs/heads/${branch}`);
  if (existing && !reuseBranch) {
    throw new ConflictError(`The branch '${branch}' exists already`, { hint: "Choose another --id." });
  }
  const elsewhere = existing && (await findCheckout(repository, branch, before && path));
  if (elsewhere) {
    throw new ConflictError(`The branch '${branch}' is checked out at ${elsewhere}, not at ${path}`, {
      hint:
        elsewhere === repository.root
          ? "Check out another one there: git switch BRANCH"
          : `Move it back: git worktree move ${shellWord(elsewhere)} ${shellWord(path)}`,
    });
  }
  mkdirSync(dirname(path), { recursive: true });
  const folder = beginWorktree(repository, path);
  try {
    // The branch is checked out where the folder is gone, too.
    const isTaken = before?.branch === branch;
    await git(
      ...["worktree", "add", "--quiet", ...(isTaken ? ["--force"] : [])],
      ...(existing ? [folder, branch] : ["--no-track", "-b", branch, folder, commit]),
    );
    // Only now: until then git's entry, and from then on the unfinished folder, says that a worktree is to be here. And
    // without --force: whoever is killed leaves a git that may be late, and finds the new worktree in that place.
    if (before) await git("worktree", "remove", path);
    settleWorktree(repository, folder, path);
  } catch (error) {
    if (before && !isWhole(before)) throw error;
    // What keeps it from being taken back is told less well than what failed.
    const isOthers = error instanceof GitError && /already exists/.test(error.message);
    await takeBack(repository, worktree, { folder, isNewBranch: !existing && !isOthers }).catch(() => {});
    throw error;
  }
}

async function takeBack(
  repository: Repository,
  { branch, commit }: NewWorktree,
  { folder, isNewBranch }: { readonly folder: string; readonly isNewBranch: boolean },
): Promise<void> {
  clearUnfinished(repository, [folder]);
  const git = gitIn(repository.root);
  // Only where it was begun: whatever else is on it was not there before.
  if (isNewBranch && (await findCommit(git, `refs/heads/${branch}`)) === commit)
    await git("update-ref", "-d", `refs/heads/${branch}`, commit);
}
