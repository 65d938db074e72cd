import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { ConflictError, InvalidTreeError } from "../errors.ts";
import { pause } from "../system/pause.ts";
import { holds } from "./compare-files.ts";
import { maxBytes, tooLarge } from "./largest.ts";

/** A file that is held: what somebody saves into it in place can be seen also when its name has gone to another file. */
export interface HeldFile {
  readonly handle: number;
  /** When it was saved; ISO 8601, UTC */
  readonly time: string;
  /** The same in milliseconds. */
  readonly savedAt: number;
}

/** One that was read, and is still held. */
export interface OpenFile extends HeldFile {
  readonly bytes: Uint8Array;
}

/** Opens and reads a file; undefined when there is none. Throws what holdFile throws, also for a file that has no end. */
export function openFile(path: string): OpenFile | undefined {
  const file = holdFile(path);
  return (
    file &&
    closedUnless(file.handle, () => ({ ...file, bytes: readWhole(file.handle, () => tooLarge(basename(path))) }))
  );
}

/** Opens a file; undefined when there is none. Throws ConflictError for what is none or may not be read, InvalidTreeError for what is too large. */
export function holdFile(path: string): HeldFile | undefined {
  const handle = findHandle(path);
  if (handle === undefined) return undefined;
  return closedUnless(handle, () => {
    const stat = fstatSync(handle);
    if (!stat.isFile()) {
      const what = stat.isDirectory() ? "a folder" : "no regular file";
      throw new ConflictError(`${path} is ${what}; expected a tree file`, {
        hint: "Move it away, or name another one.",
      });
    }
    if (stat.size > maxBytes) throw tooLarge(basename(path));
    return { handle, time: stat.mtime.toISOString().replace(/\.\d+Z$/, "Z"), savedAt: stat.mtimeMs };
  });
}

function closedUnless<T>(handle: number, use: () => T): T {
  try {
    return use();
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** Reads a file; undefined when there is none. */
export function findBytes(path: string): Uint8Array | undefined {
  const file = openFile(path);
  if (file) closeSync(file.handle);
  return file?.bytes;
}

/** Bytes that are read at once, at the least: a file may not tell its size (as in /proc). */
const leastPiece = 65_536;

/** What the open file holds now. `excess` makes the error for one that has no end. */
function readWhole(handle: number, excess?: () => Error): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; ; ) {
    if (excess && at > maxBytes) throw excess();
    const piece = Buffer.allocUnsafe(Math.max(fstatSync(handle).size - at + 1, leastPiece));
    const count = readSync(handle, piece, 0, piece.length, at);
    if (count === 0) return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    pieces.push(piece.subarray(0, count));
    at += count;
  }
}

/** Whether `path` still is this very file with the bytes that were read from it; for undefined, whether there is none. */
export function isStill(path: string, file: OpenFile | undefined): boolean {
  const inode = () => statSync(path, { throwIfNoEntry: false })?.ino;
  if (!file) return inode() === undefined;
  const { ino } = fstatSync(file.handle);
  // The name last: who renames a file to it writes nothing into this one.
  return holds(file.handle, file.bytes) && inode() === ino;
}

const freshFor = 200;
/** Longer than a program pauses between two pieces of a text that it saves in place. */
const restFor = 10;
const mostLooks = 25;
const betweenLooks = 10;

/**
 * Opens and reads what is at `path` until it makes sense. A program that saves in place empties the file first, and one that
 * renames the old file away leaves none for a moment: what is broken and fresh, or missing where a file is expected, is
 * looked at again for a quarter of a second. With `isKnown` so is what was saved within a few milliseconds and is not
 * known: it may be half of what is just being saved. Throws what `read` throws.
 */
export function readSettled<T, F extends HeldFile>(
  open: (path: string) => F | undefined,
  path: string,
  { isExpected, isKnown = () => true }: { readonly isExpected: boolean; readonly isKnown?: (file: F) => boolean },
  read: (file: F | undefined) => T,
): T {
  for (let look = 1; ; look++) {
    const file = open(path);
    const isLast = look === mostLooks;
    try {
      const isSaving = file !== undefined && !isLast && Math.abs(Date.now() - file.savedAt) < restFor && !isKnown(file);
      if (isSaving) closeSync(file.handle);
      else if (file || !isExpected || isLast) return read(file);
    } catch (error) {
      if (file) closeSync(file.handle);
      if (isLast || !(error instanceof InvalidTreeError) || !isFresh(path)) throw error;
    }
    pause(betweenLooks);
  }
}

/** What somebody has saved in place since the file was opened, once nobody is writing it any more. */
export function findLateSave({ handle, bytes }: OpenFile): Uint8Array | undefined {
  return holds(handle, bytes) ? undefined : readAtRest(handle);
}

function readAtRest(handle: number): Uint8Array {
  let bytes = readWhole(handle);
  for (let look = 1; look < mostLooks; look++) {
    pause(betweenLooks);
    const again = readWhole(handle);
    if (Buffer.compare(again, bytes) === 0 && again.length > 0) break;
    bytes = again;
  }
  return bytes;
}

function isFresh(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined || Math.abs(Date.now() - stat.mtimeMs) < freshFor;
}

/** Without O_NONBLOCK a pipe that nobody writes to would be waited for. */
function findHandle(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EACCES") throw new ConflictError(`${path} may not be read by this user`, { cause: error });
    throw error;
  }
}
