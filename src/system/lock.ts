import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LockedError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { isThere } from "./is-there.ts";
import {
  candidateOf,
  claimsOf,
  findDeadClaims,
  findHolder,
  isStale,
  type LockHolder,
  lineOf,
  ownerName,
  ownersOf,
  parseOwner,
  showHolder,
} from "./lock-holders.ts";
import { isDead, ownIdentity } from "./process-identity.ts";
import { randomHex } from "./random-hex.ts";

export interface LockOptions {
  /** What the holder does, shown to those who wait in vain. */
  readonly purpose: string;
  /** Milliseconds to wait for a holder that is alive. */
  readonly patience: number;
}

const taken = new Set(["ENOTEMPTY", "EEXIST", "EPERM", "EACCES", "ENOTDIR"]);
const longestPause = 15;
const longestInLine = 200;
/** For each of those before one, as long as it is not known how fast they are: who holds it long may be followed by many that do not. */
const longestEach = 25;
/** Of so many some may be dead that are not first, nor soon: those that wait look at the first one only. */
const longLine = 32;
const longestTakeover = 2_000;
/** Longer than anybody sleeps: who is first and leaves the lock free for so long is stopped, or its host went down. */
const longestIdle = 2 * longestInLine;

/**
 * Runs `work` while this process alone holds the lock folder `path`, and returns what it returns. Throws LockedError.
 *
 * The owner is the name of a file in the folder. Renaming a folder that already holds its owner's file into place
 * grants the lock, and fails while another owner's file is inside. Taking over from a dead owner unlinks exactly that
 * owner's name, so of several processes that do so at once only one can then rename: no lock is granted twice.
 *
 * Those who wait stand in line: the one that came first tries, the others let it, so that nobody starves.
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => T | Promise<T>): Promise<T> {
  const own = ownIdentity();
  const owner = ownerName(own, newToken());
  const candidate = `${path}.${owner}`;
  mkdirSync(dirname(path), { recursive: true });
  if (claimsOf(path).length > longLine) removeDeadClaims(path, own.host);
  mkdirSync(candidate);
  try {
    writeFileSync(join(candidate, owner), JSON.stringify({ purpose: options.purpose }));
    await grant(path, candidate, own.host, options.patience);
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

async function grant(path: string, candidate: string, here: string, patience: number): Promise<void> {
  const start = Date.now();
  let [holder, line] = [ownersOf(path)[0], placeInLine(path, candidate, here)];
  // Where the line was when it was first seen to move, and how far it is since.
  let first: { readonly at: number; readonly place: number } | undefined;
  let [moves, moving] = [0, 0];
  let [idleFirst, idleSince]: [string | undefined, number] = [undefined, start];
  let stuckSince: number | undefined;
  for (let pause = 1; ; pause = Math.min(pause * 1.5, longestPause)) {
    const now = Date.now();
    const isFree = holder === undefined;
    if (!isFree || line.first !== idleFirst) [idleFirst, idleSince] = [isFree ? line.first : undefined, now];
    if ((line.place === 0 || now - idleSince > longestIdle) && moveIn(candidate, path)) return;
    const dead = removeDeadOwners(path, here);
    if (dead !== "removed") {
      // Another user, who may remove it, may be about to.
      stuckSince = dead === "stays" ? (stuckSince ?? now) : undefined;
      if (stuckSince !== undefined && now - stuckSince > longestTakeover) throw lockedError(path);
      // A lock that is free is waited for a little longer: whoever is first may leave it to the others.
      if (stuckSince === undefined && now - start > patience + 2 * longestIdle) throw lockedError(path);
      await sleep(pauseInLine({ pause, place: line.place, moves, moving }) * (0.5 + Math.random()));
    }
    const [before, place] = [holder, line.place];
    holder = ownersOf(path)[0];
    // Who gives up, or dies, is missed only until the lock goes to the next one.
    if (holder === undefined || holder !== before) line = placeInLine(path, candidate, here);
    if (line.place < place) {
      const at = Date.now();
      first ??= { at, place: line.place };
      [moves, moving] = [first.place - line.place, at - first.at];
    }
  }
}

/**
 * Milliseconds to sleep: for half of the time that the line is likely to need until it is one's turn, going by how fast
 * it has moved. Who looks takes time from the holder.
 */
export function pauseInLine({ pause, place, moves, moving }: Readonly<Record<Waiting, number>>): number {
  const untilTurn = moves > 0 ? (place * moving) / moves : 2 * place * longestEach;
  return Math.max(pause, Math.min(untilTurn / 2, longestInLine));
}

/** The shortest pause, how many are before one, by how many places one has come forward, and the milliseconds that this took. */
type Waiting = "pause" | "place" | "moves" | "moving";

function moveIn(candidate: string, path: string): boolean {
  try {
    renameSync(candidate, path);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !isThere(candidate)) {
      throw new LockedError(`The place of this call in the line for ${path} was given up by somebody`, {
        hint: "Nothing was done. Try again.",
      });
    }
    if (!taken.has(code)) throw error;
    return false;
  }
}

/** Whether a dead owner was removed, or `stays` because this user may not. */
function removeDeadOwners(path: string, here?: string): "removed" | "stays" | "none" {
  let found: "removed" | "stays" | "none" = "none";
  for (const name of ownersOf(path)) {
    const identity = parseOwner(name);
    if (!identity || !isDead(identity, here)) continue;
    try {
      unlinkSync(join(path, name));
      found = "removed";
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (code !== "ENOENT") found = "stays"; // else another process was faster
    }
  }
  return found;
}

/** How many candidates came before this one, and who is first; one that was killed while it waited is out of the line. */
function placeInLine(
  path: string,
  candidate: string,
  here: string,
): { readonly place: number; readonly first: string } {
  const claims = claimsOf(path);
  const own = claims.indexOf(basename(candidate));
  // Only the first is looked at: to look at all of them takes time from the holder.
  for (const [i, claim] of claims.slice(0, Math.max(own, 0)).entries()) {
    const first = candidateOf(path, claim);
    if (!first) continue;
    if (isDead(first.identity, here)) tryToRemove(first.folder);
    else if (!isStale(first)) return { place: own - i, first: claim };
  }
  return { place: 0, first: candidate };
}

/** That of another user may have to stay. */
function tryToRemove(claim: string): void {
  try {
    rmSync(claim, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** What processes left that were killed before they got the lock. */
function removeDeadClaims(path: string, here?: string): void {
  for (const { folder, identity } of lineOf(path)) if (isDead(identity, here)) tryToRemove(folder);
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // the next owner has already moved in
  }
}

/** Removes dead holders and claims; nobody who may be alive. Throws LockedError when this user may not. */
export function clearDead(path: string): void {
  removeDeadOwners(path);
  removeIfEmpty(path);
  removeDeadClaims(path);
  const [left] = [findHolder(path), ...findDeadClaims(path)].filter((each) => each?.life === "dead");
  if (left) throw deadLockError(path, left);
}

/** Takes the lock, or its place in the line, from the owner of this id, which the caller knows to be gone. Returns whether it had one. */
export function releaseHolder(path: string, id: string): boolean {
  const name = ownersOf(path).find((each) => each === id || each.endsWith(`~${id}`));
  if (name === undefined) {
    const claim = lineOf(path).find(({ identity }) => identity.token === id);
    if (claim) rmSync(claim.folder, { recursive: true, force: true });
    return claim !== undefined;
  }
  rmSync(join(path, name), { force: true });
  removeIfEmpty(path);
  return true;
}

/** Sorts by the time of its making. */
function newToken(): string {
  return Date.now().toString(36) + randomHex(6);
}

function deadLockError(path: string, holder: LockHolder): LockedError {
  return new LockedError(`The lock of ${showHolder(holder)}, which is gone, may not be removed by this user`, {
    hint: `Remove it as its owner, beside or in: ${path}`,
  });
}

function mayRead(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EACCES";
  }
}

function lockedError(path: string): LockedError {
  const holder = findHolder(path);
  if (!holder && statSync(path, { throwIfNoEntry: false })?.isFile()) {
    return new LockedError(`${path} is a file, where locks are folders`, { hint: "Remove it." });
  }
  if (!holder && !mayRead(path)) {
    return new LockedError(`${path} is the lock of another user, and may not be read`, {
      hint: "Wait for it. When who holds it is gone, its owner can remove it: tree-autoresearch doctor --fix",
    });
  }
  if (!holder) return new LockedError(`${path} is taken and freed again and again`, { hint: "Try again." });
  if (holder.life === "dead") return deadLockError(path, holder);
  const hint =
    holder.life === "elsewhere"
      ? `Wait for it. When it is certainly gone: tree-autoresearch doctor --unlock ${shellWord(holder.id)}`
      : `Wait for it. If it hangs: kill ${holder.pid}`;
  return new LockedError(`Locked by ${showHolder(holder)}`, { hint });
}
