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
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, NotFoundError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";
import { withLock } from "../system/lock.ts";
import { findHolder } from "../system/lock-holders.ts";
import { whenEnded } from "../system/when-ended.ts";
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
 * takes git a while. So this call takes that lock itself, in a way that the next one knows again, and lets git work on
 * copies of the index.
 */
export async function commitAll(path: string, { message, purpose }: CommitOptions): Promise<void> {
  const { gitFolder } = requireFolder(path);
  await withLock(commitLockOf(gitFolder), { purpose, patience }, async () => {
    removeOld(gitFolder);
    const [index, staged, committed] = [join(gitFolder, "index"), newCopy(gitFolder), newCopy(gitFolder)];
    await lockIndex(index);
    const cleanUp = () => {
      for (const each of [staged, committed, lockOf(index)]) rmSync(each, { force: true });
    };
    const commit = async () => {
      if (isThere(index)) copyIndex(index, staged);
      await gitIn(path, { index: staged })("add", "--all");
      // A worktree that never held a file has none.
      if (!isThere(staged)) return;
      copyFileSync(staged, committed);
      // Before the commit: an index that is older than HEAD would look like changes that take the commit back.
      renameSync(staged, index);
      const git = gitIn(path, { index: committed });
      const changes = await git("diff", "--cached", "--name-only", "-z");
      if (changes === "" && !(await findCommit(git, "MERGE_HEAD"))) return;
      await git("commit", "--quiet", "--no-verify", "--allow-empty-message", `--message=${message}`);
    };
    await whenEnded(cleanUp, commit).finally(cleanUp);
  });
}

/**
 * With the time of the original, to the second: git looks again at files that were changed when their index was written
 * or later, and by its time it knows when that was.
 */
function copyIndex(index: string, copy: string): void {
  const time = Math.floor(statSync(index).mtimeMs / 1000);
  copyFileSync(index, copy);
  utimesSync(copy, time, time);
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

/** Tells our lock from git's: one that a call of ours left is nobody's, since this call has our lock. */
const mark = "tree-autoresearch";

/** git's own lock of an index. */
function lockOf(index: string): string {
  return `${index}.lock`;
}

/** Takes it: as a symbolic link to nothing, which has its mark from the beginning. Throws ConflictError when another git has it. */
async function lockIndex(index: string): Promise<void> {
  const lock = lockOf(index);
  for (let attempt = 1; ; attempt++) {
    if (isOurs(lock)) unlinkSync(lock);
    try {
      symlinkSync(mark, lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (attempt === mostTries) throw busyError(lock, error);
    }
    await sleep(100);
  }
}

const mostTries = 20;

function isOurs(lock: string): boolean {
  try {
    return readlinkSync(lock) === mark;
  } catch (error) {
    if (["ENOENT", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

function busyError(lock: string, cause: unknown): ConflictError {
  return new ConflictError(`${lock} is there: another git is at work, or was killed`, { hint: lockHint, cause });
}

/** git's lock of the index of this entry, when a call of ours was killed that had it; undefined when there is none. */
export function findLeftLock(entry: string): string | undefined {
  const lock = lockOf(join(entry, "index"));
  const holder = findHolder(commitLockOf(entry));
  return isOurs(lock) && (holder === undefined || holder.life === "dead") ? lock : undefined;
}

/** Removes it, unless it is somebody's by now. */
export function removeLeftLock(entry: string, purpose: string): Promise<void> {
  return withLock(commitLockOf(entry), { purpose, patience }, () => {
    const lock = lockOf(join(entry, "index"));
    if (isOurs(lock)) unlinkSync(lock);
  });
}
