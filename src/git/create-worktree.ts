import { existsSync, readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError } from "../errors.ts";
import { clearDead } from "../system/lock.ts";
import { findHolder } from "../system/lock-holders.ts";
import { findCommit } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { gitLockOf, withGitLock } from "./git-lock.ts";
import { requireSafeBranch } from "./path-jail.ts";
import { discard, emptyBin } from "./remove-worktree.ts";
import { findCheckout, findEntry, leftLock, worktreeAt } from "./worktree-state.ts";

export interface NewWorktree {
  /** absolute */
  readonly path: string;
  readonly branch: string;
  /** full id; where the branch starts, unless it exists */
  readonly commit: string;
  /** Whether the branch may exist already, as that of a worktree that was removed. */
  readonly reuseBranch: boolean;
}

/** Creates branch and folder; on failure neither stays. git serves one `worktree add` at a time, so it is serialised. Throws ConflictError when either is taken. */
export async function createWorktree(repository: Repository, worktree: NewWorktree): Promise<void> {
  requireSafeBranch(worktree.branch);
  await withGitLock(repository, `worktree ${worktree.branch}`, async () => {
    let wasCutOff = false;
    for (let attempt = 1; ; attempt++) {
      const before = worktreeAt(repository, worktree.path);
      if (before === "ready") return;
      wasCutOff ||= before === "unfinished";
      try {
        return await createOnce(repository, worktree);
      } catch (error) {
        // The git of a killed process may have been at its checkout still when we cleared that away.
        if (!wasCutOff || attempt === mostTries) throw error;
        await sleep(attempt * 500);
      }
    }
  });
}

/** Takes away what an add left that was killed when its checkout was complete: git's lock on the worktree, and ours on git. */
export function finishWorktree(repository: Repository, path: string): void {
  const ours = gitLockOf(repository);
  clearDead(ours);
  const lock = leftLock(path);
  if (lock !== undefined && findHolder(ours) === undefined) rmSync(lock, { force: true });
}

const mostTries = 5;

async function createOnce(repository: Repository, worktree: NewWorktree): Promise<void> {
  const { path, branch, reuseBranch } = worktree;
  await clearLeftover(repository, path);
  if (worktreeAt(repository, path) !== "absent") {
    throw new ConflictError(`${path} exists, but is no worktree of this repository`, {
      hint: "Move it away, then try again.",
    });
  }
  const existing = await findCommit(gitIn(repository.root), `refs/heads/${branch}`);
  if (existing && !reuseBranch) {
    throw new ConflictError(`The branch '${branch}' exists already`, { hint: "Choose another --id." });
  }
  const elsewhere = existing && (await findCheckout(repository, branch));
  if (elsewhere) {
    throw new ConflictError(`The branch '${branch}' is checked out at ${elsewhere}, not at ${path}`, {
      hint: `Move it back: git worktree move ${elsewhere} ${path}`,
    });
  }
  await addWorktree(repository, worktree, existing !== undefined);
}

async function addWorktree(
  repository: Repository,
  { path, branch, commit }: NewWorktree,
  exists: boolean,
): Promise<void> {
  const git = gitIn(repository.root);
  try {
    await git("worktree", "add", "--quiet", ...(exists ? [path, branch] : ["--no-track", "-b", branch, path, commit]));
  } catch (error) {
    await clearLeftover(repository, path);
    // git failed after its work was done: the caller keeps what is there.
    if (worktreeAt(repository, path) === "ready") throw error;
    if (!exists && (await findCommit(git, `refs/heads/${branch}`)) === commit) await git("branch", "-D", branch);
    throw error;
  }
}

/** A killed `worktree add` leaves an entry that is locked while initializing: its checkout never finished, so nothing of it is anyone's work. Its git may be writing there still. */
async function clearLeftover(repository: Repository, path: string): Promise<void> {
  if (worktreeAt(repository, path) === "unfinished") {
    await discard(repository, path);
    emptyBin(repository);
  } else if (!existsSync(path) && findEntry(repository, path)) {
    await gitIn(repository.root)("worktree", "remove", "--force", path);
  }
  if (existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
}
