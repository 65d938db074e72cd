import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { isRunning } from "./process-identity.ts";

/**
 * Replaces the file at `path` by `bytes`: the file is the old or the new one, whole, whatever happens, and the new one
 * is on disk when this returns. Mode and owner stay; of a symbolic link the target is replaced. `lastLook` is called
 * when all is ready: when it returns false nothing is replaced, and the function returns false. What may be lost when the
 * machine goes down need not be flushed. `mode` instead of the one of the file that was there.
 */
export function atomicWrite(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
  lastLook: () => boolean = () => true,
  { isFlushed = true, mode }: { readonly isFlushed?: boolean; readonly mode?: number } = {},
): boolean {
  const target = resolveLink(path);
  const folder = dirname(target);
  const token = Math.random().toString(36).slice(2, 10);
  const temporary = join(folder, `${temporaryPrefix(target)}${process.pid}.${token}.tmp`);
  try {
    writeWhole(temporary, bytes instanceof Uint8Array ? [bytes] : bytes, { replaced: statOf(target), isFlushed, mode });
    if (!lastLook()) return false;
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
  if (isFlushed) syncFolder(folder);
  return true;
}

/** Removes what killed processes left half-written beside `path`. */
export function removeLeftovers(path: string): void {
  for (const leftover of findLeftovers(path)) rmSync(leftover, { force: true });
}

/** Half-written copies beside `path` of processes that are no more. */
export function findLeftovers(path: string): readonly string[] {
  const target = resolveLink(path);
  const prefix = temporaryPrefix(target);
  const isLeft = (name: string) => {
    const [, pid] = /^(\d+)\.[a-z0-9]+\.tmp$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : "") ?? [];
    // A writer on another host is not seen, but it holds the lock.
    return pid !== undefined && !isRunning(Number(pid));
  };
  return readdirSync(dirname(target))
    .filter(isLeft)
    .map((name) => join(dirname(target), name));
}

function temporaryPrefix(target: string): string {
  return `.${basename(target)}.`;
}

/** One write(2) may write less than it was given and report success, so the loop and the size check. */
function writeWhole(
  path: string,
  pieces: readonly Uint8Array[],
  {
    replaced,
    isFlushed,
    mode,
  }: { readonly replaced: ReturnType<typeof statOf>; readonly isFlushed: boolean; readonly mode: number | undefined },
): void {
  const file = openSync(path, "wx", mode ?? replaced?.mode ?? 0o666);
  try {
    for (const bytes of pieces) for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    const length = pieces.reduce((sum, bytes) => sum + bytes.length, 0);
    if (fstatSync(file).size !== length)
      throw Object.assign(new Error(`wrote ${fstatSync(file).size} of ${length} bytes`), { code: "EIO", path });
    if (mode !== undefined) fchmodSync(file, mode);
    else if (replaced) keepOwner(file, replaced);
    if (isFlushed) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function keepOwner(file: number, { mode, uid, gid }: NonNullable<ReturnType<typeof statOf>>): void {
  fchmodSync(file, mode & 0o7777);
  const own = fstatSync(file);
  if (own.uid === uid && own.gid === gid) return;
  // Only root may give a file away, but to a group of one's own anybody may; the content matters more than either.
  if (!tryToGive(file, uid, gid)) tryToGive(file, own.uid, gid);
}

function tryToGive(file: number, uid: number, gid: number): boolean {
  try {
    fchownSync(file, uid, gid);
    return true;
  } catch {
    return false;
  }
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false });
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Some file systems cannot flush a folder; the file has its name by then. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } catch (error) {
    if (!/^(EINVAL|ENOTSUP|EOPNOTSUPP|EBADF)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}
