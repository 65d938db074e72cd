import { fstatSync, readSync } from "node:fs";
import { sameBytes } from "./same-bytes.ts";

/** Bytes that are read at once: memory that is touched for the first time costs more than what is read into it. */
const atOnce = 262_144;

/** Whether an open file holds, from `from` to its end, these bytes and no others. */
export function holds(handle: number, bytes: Uint8Array, from = 0): boolean {
  return matches(handle, from, bytes.length, (piece, at) => sameBytes(piece, bytes.subarray(at, at + piece.length)));
}

/** Whether it holds what another one, as a whole, holds. */
export function holdsFile(handle: number, other: number, from = 0): boolean {
  const { size } = fstatSync(other);
  const theirs = Buffer.allocUnsafe(Math.min(size, atOnce));
  return matches(handle, from, size, (piece, at) => sameBytes(piece, theirs.subarray(0, fill(other, theirs, at))));
}

function matches(
  handle: number,
  from: number,
  length: number,
  isSame: (piece: Uint8Array, at: number) => boolean,
): boolean {
  if (fstatSync(handle).size - from !== length) return false;
  const piece = Buffer.allocUnsafe(Math.min(length, atOnce));
  for (let at = 0; at < length; at += piece.length) {
    const count = fill(handle, piece, from + at);
    if (count !== Math.min(piece.length, length - at) || !isSame(piece.subarray(0, count), at)) return false;
  }
  return fstatSync(handle).size - from === length;
}

/** Reads as much as there is room for, unless the file ends before. */
export function fill(handle: number, room: Uint8Array, from: number): number {
  let done = 0;
  for (let count = -1; count !== 0 && done < room.length; done += count)
    count = readSync(handle, room, done, room.length - done, from + done);
  return done;
}
