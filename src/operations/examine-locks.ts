import { ConflictError } from "../errors.ts";
import { gitLockOf } from "../git/git-lock.ts";
import { listGitLocks } from "../git/git-locks.ts";
import { shellWord } from "../shell-word.ts";
import { treeLockOf } from "../store/tree-file.ts";
import { findLeftovers, removeLeftovers } from "../system/atomic-write.ts";
import { clearDead, releaseHolder, withLock } from "../system/lock.ts";
import { findDeadClaims, findHolder, findLeftClaims, showHolder } from "../system/lock-holders.ts";
import type { Fault, Note } from "./fault.ts";
import type { Workspace } from "./workspace.ts";

/** What killed processes left: locks, claims to locks, and half-written copies of the tree file. */
export async function examineLocks(workspace: Workspace): Promise<readonly Fault[]> {
  return [...locksOf(workspace).flatMap(examineLock), ...examineLeftovers(workspace)];
}

/** git's own locks do not say whose they are: only how old they are can be told. */
export function findOldGitLocks({ repository }: Workspace): readonly Note[] {
  const locks = repository ? listGitLocks(repository).filter(({ age }) => age > longestWork) : [];
  return locks.map(({ path, age }) => {
    const message = `git's lock ${path} is ${Math.round(age / 60_000)} min old; if no git is at work there, delete it`;
    return { node_id: null, message };
  });
}

/** Milliseconds. */
const longestWork = 60_000;

function locksOf({ file, repository }: Workspace): readonly string[] {
  return [treeLockOf(file), ...(repository ? [gitLockOf(repository)] : [])];
}

function examineLock(path: string): readonly Fault[] {
  const holder = findHolder(path);
  const dead = [...(holder?.life === "dead" ? [holder] : []), ...findDeadClaims(path)];
  const faults = dead.map((each): Fault => {
    const message = `${showHolder(each)} is gone, and left its lock`;
    return { code: "dead-lock", node_id: null, message, fix: "remove it", mend: async () => clearDead(path) };
  });
  const left = findLeftClaims(path).map((each): Fault => {
    const what = `${showHolder(each)} waits for a lock, cannot be seen from here, and is likely to be gone`;
    const message = `${what}; when it certainly is: tree-autoresearch doctor --unlock ${shellWord(each.id)}`;
    return { code: "lock-elsewhere", node_id: null, message, fix: null };
  });
  faults.push(...left);
  if (holder?.life !== "elsewhere") return faults;
  const message = `locked by ${showHolder(holder)}, which cannot be seen from here; when it is certainly gone: tree-autoresearch doctor --unlock ${shellWord(holder.id)}`;
  return [...faults, { code: "lock-elsewhere", node_id: null, message, fix: null }];
}

function examineLeftovers({ file }: Workspace): readonly Fault[] {
  const holder = findHolder(treeLockOf(file));
  if (holder && holder.life !== "dead") return []; // it may be writing them
  return findLeftovers(file.path).map((path): Fault => {
    const options = { purpose: "tree-autoresearch doctor --fix", patience: 30_000 };
    const mend = () => withLock(treeLockOf(file), options, () => removeLeftovers(file.path));
    return { code: "leftover-file", node_id: null, message: `${path} was never finished`, fix: "remove it", mend };
  });
}

/** Returns who held the lock; undefined when nobody of this id does. Throws ConflictError when it is alive on this host. */
export async function unlockHolder(workspace: Workspace, id: string): Promise<string | undefined> {
  for (const path of locksOf(workspace)) {
    const holder = [findHolder(path), ...findLeftClaims(path)].find((each) => each?.id === id);
    if (!holder) continue;
    if (holder.life === "alive") {
      throw new ConflictError(`${showHolder(holder)} holds the lock, and is alive`, {
        hint: `Wait for it. If it hangs: kill ${holder.pid}`,
      });
    }
    let isReleased = true;
    await workspace.perform(`take the lock from ${showHolder(holder)}`, () => {
      isReleased = releaseHolder(path, id);
    });
    if (isReleased) return showHolder(holder);
  }
  return undefined;
}
