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
import { isDead, isHere, ownIdentity, type ProcessIdentity, parseIdentity } from "./process-identity.ts";

export interface LockOptions {
  /** What the holder does, shown to those who wait in vain. */
  readonly purpose: string;
  /** Milliseconds to wait for a holder that is alive. */
  readonly patience: number;
}

/** Who holds a lock, or waits for it with a claim that is not in place yet. */
export interface LockHolder {
  /** Names the holder for `releaseHolder`. */
  readonly id: string;
  readonly pid: number;
  /** Name of its host. */
  readonly host: string;
  /** Certainly gone; alive on this host; or elsewhere, where it cannot be seen. */
  readonly life: "dead" | "alive" | "elsewhere";
  readonly purpose: string;
  /** Seconds since it took the lock; undefined when it does not say. */
  readonly age: number | undefined;
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
  for (const { name, owner } of claimsBeside(path)) {
    const identity = parseOwner(owner);
    if (identity && isDead(identity)) rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

function claimsBeside(path: string): readonly { readonly name: string; readonly owner: string }[] {
  const prefix = `${basename(path)}.`;
  return ownersOf(dirname(path))
    .filter((name) => name.startsWith(prefix) && parseOwner(name.slice(prefix.length)))
    .map((name) => ({ name, owner: name.slice(prefix.length) }));
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

/** Who holds the lock folder `path`; undefined when nobody does. */
export function findHolder(path: string): LockHolder | undefined {
  const [name] = ownersOf(path);
  return name === undefined ? undefined : describeOwner(join(path, name), name);
}

/** Those that died before they got the lock, and so left their claim beside it. */
export function findDeadClaims(path: string): readonly LockHolder[] {
  return claimsBeside(path).flatMap(({ name, owner }) => {
    const claim = describeOwner(join(dirname(path), name, owner), owner);
    return claim.life === "dead" ? [claim] : [];
  });
}

/** Removes dead holders and claims; nobody who may be alive. */
export function clearDead(path: string): void {
  removeDeadOwners(path);
  removeIfEmpty(path);
  removeDeadCandidates(path);
}

/** Takes the lock from the holder of this id, which the caller knows to be gone. Returns whether it held it. */
export function releaseHolder(path: string, id: string): boolean {
  const name = ownersOf(path).find((each) => each === id || each.endsWith(`~${id}`));
  if (name === undefined) return false;
  rmSync(join(path, name), { force: true });
  removeIfEmpty(path);
  return true;
}

function ownerName({ pid, start, host }: ProcessIdentity, token: string): string {
  return [pid, start, host, token].join("~");
}

function parseOwner(name: string): (ProcessIdentity & { readonly token: string }) | undefined {
  const identity = parseIdentity(name);
  const token = name.split("~")[3];
  return identity && token ? { ...identity, token } : undefined;
}

function describeOwner(file: string, name: string): LockHolder {
  const owner = parseOwner(name);
  const { purpose = "", since } = readOwner(file);
  const age = since === undefined ? undefined : Math.max(0, Math.round((Date.now() - since) / 1000));
  if (!owner) return { id: name, pid: 0, host: "an unknown host", life: "elsewhere", purpose, age };
  const life = isDead(owner) ? "dead" : isHere(owner) ? "alive" : "elsewhere";
  return { id: owner.token, pid: owner.pid, host: owner.host.split(",")[0] as string, life, purpose, age };
}

/** `process 4711 on node7 (tree-autoresearch update --id a) for 12 s` */
export function showHolder({ pid, host, purpose, age }: LockHolder): string {
  return `process ${pid} on ${host}${purpose ? ` (${purpose})` : ""}${age === undefined ? "" : ` for ${age} s`}`;
}

function lockedError(path: string): LockedError {
  const holder = findHolder(path);
  if (!holder) return new LockedError(`${path} is taken and freed again and again`, { hint: "Try again." });
  const hint =
    holder.life === "elsewhere"
      ? `Wait for it. When it is certainly gone: tree-autoresearch doctor --unlock ${holder.id}`
      : `Wait for it. If it hangs: kill ${holder.pid}`;
  return new LockedError(`Locked by ${showHolder(holder)}`, { hint });
}

function readOwner(path: string): { readonly purpose?: string; readonly since?: number } {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { purpose: string; since: number };
  } catch {
    return {};
  }
}
