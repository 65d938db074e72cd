import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isThere } from "../system/is-there.ts";
import { ownerName, ownersOf, parseOwner } from "../system/lock-holders.ts";
import { isDead, ownIdentity } from "../system/process-identity.ts";
import type { Repository } from "./find-repository.ts";

/*
 * git's own locks are files that do not say whose they are. A git that is killed leaves them, and every later git refuses
 * to work. So whoever of us starts a git that writes leaves a note of himself for as long as it runs: a lock that is not
 * older than the note of somebody dead, while no git is at work in the repository, was left by that git.
 */

function notesOf({ commonFolder }: Repository): string {
  return join(commonFolder, "tree-autoresearch", "at-work");
}

/** Notes that this process has a git write; returns what takes the note away. */
export function noteWork(repository: Repository): () => void {
  const folder = notesOf(repository);
  mkdirSync(folder, { recursive: true });
  const note = join(folder, ownerName(ownIdentity(), randomBytes(6).toString("hex")));
  writeFileSync(note, "");
  return () => {
    remove(note);
    const end = Date.now() - longestUse;
    for (const { path, life, since } of readNotes(repository)) if (life === "dead" && since < end) remove(path);
  };
}

/** Milliseconds for which the note of one who died may explain a lock. */
const longestUse = 24 * 3_600_000;

/** Without a system that lists processes, a lock that nobody wrote to for so long (milliseconds) is nobody's. */
const longestRest = 60_000;

interface Note {
  readonly path: string;
  readonly life: "dead" | "alive or elsewhere";
  /** Milliseconds since 1970, by the clock of the disk. */
  readonly since: number;
  readonly uid: number;
}

function readNotes(repository: Repository): readonly Note[] {
  const folder = notesOf(repository);
  return ownersOf(folder).flatMap((name): Note[] => {
    const identity = parseOwner(name);
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    if (!identity || !stat) return [];
    const life = isDead(identity) ? "dead" : "alive or elsewhere";
    return [{ path: join(folder, name), life, since: stat.mtimeMs, uid: stat.uid }];
  });
}

/** A note that stays does no harm. */
function remove(note: string): void {
  try {
    rmSync(note, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Whether a lock of git's was `left` by a killed git of ours, is `busy` as far as we can see, or not ours to judge. */
export function judgeLock(repository: Repository, lock: string): "left" | "busy" | "unknown" {
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (!stat) return "busy"; // gone just now
  const older = readNotes(repository).filter(({ since }) => since <= stat.mtimeMs);
  if (!isWithin(lock, repository.commonFolder) || !older.some(({ life, uid }) => life === "dead" && uid === stat.uid))
    return "unknown";
  if (older.some(({ life }) => life !== "dead")) return "busy";
  if (process.platform !== "linux") return Date.now() - stat.mtimeMs > longestRest ? "left" : "busy";
  // Where another user's processes are at work cannot be seen.
  const own = process.getuid?.() ?? 0;
  if (own !== 0 && own !== stat.uid) return "unknown";
  return isGitAtWork(repository.root) ? "busy" : "left";
}

function isWithin(lock: string, folder: string): boolean {
  return lock.endsWith(".lock") && isThere(dirname(lock)) && `${realpathSync(dirname(lock))}/`.startsWith(`${folder}/`);
}

/** Whether a git runs in this folder, or below it. */
function isGitAtWork(root: string): boolean {
  return readdirSync("/proc").some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      if (!readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("git")) return false;
      return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${root}/`);
    } catch {
      return false; // it has ended, or is another user's
    }
  });
}

/** git's locks that are there now: of the main worktree, of linked ones, and of our branches and pins. */
export function listGitLocks({ commonFolder }: Repository): readonly string[] {
  const worktrees = join(commonFolder, "worktrees");
  const names = isThere(worktrees) ? readdirSync(worktrees) : [];
  const refs = ["refs/heads/iter", "refs/tree-autoresearch"].map((folder) => join(commonFolder, folder));
  return [
    ...locksIn(commonFolder, { deep: false }),
    ...names.flatMap((name) => locksIn(join(worktrees, name), { deep: false })),
    ...refs.flatMap((folder) => locksIn(folder, { deep: true })),
  ];
}

function locksIn(folder: string, { deep }: { readonly deep: boolean }): readonly string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
    const path = join(folder, each.name);
    if (each.isDirectory()) return deep ? locksIn(path, { deep }) : [];
    return each.name.endsWith(".lock") ? [path] : [];
  });
}
