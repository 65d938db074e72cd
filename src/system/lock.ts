import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LockedError } from "../errors.ts";
import { isDead, ownIdentity, type ProcessIdentity } from "./process-identity.ts";

export interface LockOptions {
  /** What the holder does, shown to those who wait in vain. */
  readonly purpose: string;
  /** Milliseconds to wait for a holder that is alive. */
  readonly patience: number;
}

const taken = new Set(["ENOTEMPTY", "EEXIST", "EPERM", "EACCES", "ENOTDIR"]);
const longestPause = 10;

/**
 * Runs `work` while this process alone holds the lock folder `path`, and returns what it returns. Throws LockedError.
 *
 * The owner is the name of a file in the folder. Renaming a folder that already holds its owner's file into place
 * grants the lock, and fails while another owner's file is inside. Taking over from a dead owner unlinks exactly that
 * owner's name, so of several processes that do so at once only one can then rename: no lock is granted twice.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  removeDeadCandidates(path);
  const owner = ownerName(ownIdentity(), Math.random().toString(36).slice(2, 10));
  const candidate = `${path}.${owner}`;
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(candidate);
  try {
    writeFileSync(join(candidate, owner), JSON.stringify({ purpose: options.purpose, since: Date.now() }));
    await grant(path, candidate, options.patience);
  } catch (error) {
    rmSync(candidate, { recursive: true, force: true });
    throw error;
  }
  try {
    return await work();
  } finally {
    rmSync(join(path, owner), { force: true });
    removeIfEmpty(path);
  }
}

async function grant(path: string, candidate: string, patience: number): Promise<void> {
  const giveUp = Date.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 1.5, longestPause)) {
    try {
      renameSync(candidate, path);
      return;
    } catch (error) {
      if (!taken.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
    if (removeDeadOwners(path)) continue;
    if (Date.now() > giveUp) throw lockedError(path);
    await sleep(pause * (0.5 + Math.random()));
  }
}

function removeDeadOwners(path: string): boolean {
  let removed = false;
  for (const name of ownersOf(path)) {
    const identity = parseOwner(name);
    if (!identity || !isDead(identity)) continue;
    try {
      unlinkSync(join(path, name));
      removed = true;
    } catch {
      // another process was faster
    }
  }
  return removed;
}

/** What processes that were killed before they got the lock left beside it. */
function removeDeadCandidates(path: string): void {
  const prefix = `${basename(path)}.`;
  for (const name of ownersOf(dirname(path))) {
    const identity = name.startsWith(prefix) ? parseOwner(name.slice(prefix.length)) : undefined;
    if (identity && isDead(identity)) rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

function ownersOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // the next owner has already moved in
  }
}

function ownerName({ pid, start, host }: ProcessIdentity, token: string): string {
  return [pid, start, host, token].join("~");
}

function parseOwner(name: string): ProcessIdentity | undefined {
  const [pid, start, host, token] = name.split("~");
  if (!pid || start === undefined || !host || !token) return undefined;
  return { pid: Number(pid), start, host };
}

function lockedError(path: string): LockedError {
  const name = ownersOf(path)[0] ?? "";
  const identity = parseOwner(name);
  const { purpose, since } = readOwner(join(path, name));
  const who = identity ? `process ${identity.pid} on ${identity.host.split(",")[0]}` : `an unknown owner ('${name}')`;
  const age = since ? ` for ${Math.round((Date.now() - since) / 1000)} s` : "";
  return new LockedError(`Locked by ${who}${purpose ? ` (${purpose})` : ""}${age}`, {
    hint: `Wait for it, or, when that process is certainly gone, remove the folder ${path}`,
  });
}

function readOwner(path: string): { readonly purpose?: string; readonly since?: number } {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { purpose: string; since: number };
  } catch {
    return {};
  }
}
