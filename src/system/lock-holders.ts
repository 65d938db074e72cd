import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDead, isHere, type ProcessIdentity, parseIdentity } from "./process-identity.ts";

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
  /** Seconds since it took the lock, or began to wait; undefined when it has just gone. */
  readonly age: number | undefined;
}

/** A process that waits, and the folder with which it will move in. */
export interface Candidate {
  readonly folder: string;
  readonly owner: string;
  readonly identity: ProcessIdentity & { readonly token: string };
}

/** Who waits for the lock, in the order in which they came. */
export function lineOf(path: string): readonly Candidate[] {
  return claimsOf(path).flatMap((claim) => candidateOf(path, claim) ?? []);
}

/** The names of the folders of those who wait, in the order in which they came. Those in line ask again and again. */
export function claimsOf(path: string): readonly string[] {
  const prefix = `${basename(path)}.`;
  const tokenOf = (name: string) => name.split("~", 4)[3] ?? "";
  const claims = ownersOf(dirname(path)).filter((name) => name.startsWith(prefix) && name.includes("~"));
  return claims.sort((a, b) => (tokenOf(a) < tokenOf(b) ? -1 : 1));
}

/** Who stands behind a claim; undefined for what is none. */
export function candidateOf(path: string, claim: string): Candidate | undefined {
  const owner = claim.slice(basename(path).length + 1);
  const identity = parseOwner(owner);
  return identity && { folder: join(dirname(path), claim), owner, identity };
}

/** Who holds the lock folder `path`; undefined when nobody does. */
export function findHolder(path: string): LockHolder | undefined {
  const [name] = ownersOf(path);
  return name === undefined ? undefined : describeOwner(path, name);
}

/** Those that died before they got the lock, and so left their claim beside it. */
export function findDeadClaims(path: string): readonly LockHolder[] {
  return lineOf(path)
    .map(({ folder, owner }) => describeOwner(folder, owner))
    .filter(({ life }) => life === "dead");
}

/** Milliseconds: nobody waits for so long, so a claim that is older was left by somebody whom we cannot see. */
const longestWait = 10 * 60_000;

/** Claims that stopped waiting, on a host or in a container that we cannot see. */
export function findLeftClaims(path: string, now = Date.now()): readonly LockHolder[] {
  return lineOf(path)
    .filter((each) => isStale(each, now))
    .map(({ folder, owner }) => describeOwner(folder, owner))
    .filter(({ life }) => life === "elsewhere");
}

/** By when the disk says that it was made, against our clock: what another host wrote into it may be wrong. */
export function isStale({ folder }: Candidate, now = Date.now()): boolean {
  const made = statSync(folder, { throwIfNoEntry: false })?.ctimeMs;
  return made !== undefined && now - made > longestWait;
}

/** The names of the files in a lock folder: one at the most, but for a moment. */
export function ownersOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

export function ownerName({ pid, start, host }: ProcessIdentity, token: string): string {
  return [pid, start, host, token].join("~");
}

export function parseOwner(name: string): (ProcessIdentity & { readonly token: string }) | undefined {
  const identity = parseIdentity(name);
  const token = name.split("~")[3];
  return identity && token ? { ...identity, token } : undefined;
}

/** A folder that is renamed gets a new ctime: that is when the lock was granted. */
function describeOwner(folder: string, name: string): LockHolder {
  const owner = parseOwner(name);
  const purpose = readPurpose(join(folder, name));
  const since = statSync(folder, { throwIfNoEntry: false })?.ctimeMs;
  const age = since === undefined ? undefined : Math.max(0, Math.round((Date.now() - since) / 1000));
  if (!owner) return { id: name, pid: 0, host: "", life: "elsewhere", purpose, age };
  const life = isDead(owner) ? "dead" : isHere(owner) ? "alive" : "elsewhere";
  return { id: owner.token, pid: owner.pid, host: owner.host.split(",")[0] as string, life, purpose, age };
}

/** `process 4711 on node7 (tree-autoresearch update --id a) for 12 s` */
export function showHolder({ id, pid, host, purpose, age }: LockHolder): string {
  const who = pid > 0 ? `process ${pid} on ${host}` : `an unknown owner ('${id}')`;
  return `${who}${purpose ? ` (${purpose})` : ""}${age === undefined ? "" : ` for ${age} s`}`;
}

function readPurpose(file: string): string {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { purpose?: string }).purpose ?? "";
  } catch {
    return "";
  }
}
