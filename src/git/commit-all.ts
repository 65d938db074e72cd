import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, NotFoundError } from "../errors.ts";
import { withLock } from "../system/lock.ts";
import { findCommit } from "./commits.ts";
import { findWorktreeAt } from "./find-repository.ts";
import { gitIn, lockHint } from "./git.ts";

export interface CommitOptions {
  readonly message: string;
  /** Shown to those who wait. */
  readonly purpose: string;
}

const patience = 120_000;

/**
 * Commits everything in the worktree at `path` that is not ignored, and so ends a merge; does nothing when there is
 * nothing to commit. Throws LockedError, ConflictError, GitError.
 *
 * git's lock on an index does not say whose it is, and stays when git is killed; and to read a checkpoint of some GB
 * takes git a while. So git works on copies of the index here, and the index is replaced in one step: whoever is killed
 * leaves a copy, which is in nobody's way.
 */
export async function commitAll(path: string, { message, purpose }: CommitOptions): Promise<void> {
  const { gitFolder } = requireFolder(path);
  await withLock(commitLockOf(gitFolder), { purpose, patience }, async () => {
    removeOld(gitFolder);
    const [staged, committed] = [newCopy(gitFolder), newCopy(gitFolder)];
    try {
      await stageAll(path, { index: join(gitFolder, "index"), staged, committed });
      const git = gitIn(path, { index: committed });
      const changes = await git("diff", "--cached", "--name-only", "-z");
      if (changes === "" && !(await findCommit(git, "MERGE_HEAD"))) return;
      await git("commit", "--quiet", "--no-verify", "--allow-empty-message", `--message=${message}`);
    } finally {
      for (const copy of [staged, committed]) rmSync(copy, { force: true });
    }
  });
}

function requireFolder(path: string): { readonly gitFolder: string } {
  const found = findWorktreeAt(path);
  if (found) return found;
  throw new NotFoundError(`${path} is no worktree any more`, { hint: "See: tree-autoresearch doctor" });
}

/** Held by whoever of us commits in the worktree of this entry. */
export function commitLockOf(entry: string): string {
  return join(entry, "tree-autoresearch.lock");
}

const copyName = "index.tree-autoresearch-";

function newCopy(gitFolder: string): string {
  return join(gitFolder, copyName + randomBytes(8).toString("hex"));
}

/** Milliseconds after which no git works on a copy any more; one whose caller was killed goes on. */
const longestWork = 24 * 3_600_000;

function removeOld(gitFolder: string): void {
  for (const name of readdirSync(gitFolder)) {
    const path = join(gitFolder, name);
    const made = name.startsWith(copyName) && statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (made && Date.now() - made > longestWork) rmSync(path, { force: true });
  }
}

interface Indexes {
  /** the worktree's own */
  readonly index: string;
  /** the copy that replaces it */
  readonly staged: string;
  /** the copy from which is committed */
  readonly committed: string;
}

/** Stages everything; again when somebody else changed the index meanwhile. */
async function stageAll(path: string, { index, staged, committed }: Indexes): Promise<void> {
  for (let attempt = 1; attempt <= mostTries; attempt++) {
    const before = stampOf(index);
    if (before !== undefined) copyFileSync(index, staged);
    await gitIn(path, { index: staged })("add", "--all");
    // Nothing to stage in a worktree that never held a file.
    if (stampOf(staged) === undefined) return;
    copyFileSync(staged, committed);
    if (await replaceIndex(index, staged, before)) return;
  }
  throw new ConflictError(`Another git changes the index of ${path} again and again`, { hint: "Try again later." });
}

const mostTries = 3;

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}

/** Returns whether the index was still what it was `before`. To be called by whoever holds our lock on the worktree. */
async function replaceIndex(index: string, staged: string, before: string | undefined): Promise<boolean> {
  await lockIndex(`${index}.lock`);
  try {
    if (stampOf(index) !== before) return false;
    renameSync(staged, index);
    return true;
  } finally {
    rmSync(`${index}.lock`, { force: true });
  }
}

/** Tells our lock from git's: one that a call of ours left is nobody's, since this call has our lock. */
const mark = "tree-autoresearch";

/** Takes git's own lock: as a symbolic link to nothing, which has its mark from the beginning. Throws ConflictError when another git has it. */
async function lockIndex(lock: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (isOurs(lock)) unlinkSync(lock);
    try {
      symlinkSync(mark, lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (attempt === mostWaits) throw busyError(lock, error);
    }
    await sleep(100);
  }
}

const mostWaits = 20;

function isOurs(lock: string): boolean {
  try {
    return readlinkSync(lock) === mark;
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

function busyError(lock: string, cause: unknown): ConflictError {
  return new ConflictError(`${lock} is there: another git is at work, or was killed`, {
    hint: lockHint,
    cause,
  });
}
