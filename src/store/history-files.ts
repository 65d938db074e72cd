import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { readText } from "../system/read-text.ts";
import { lengthOf } from "./byte-pieces.ts";
import type { Delta } from "./delta.ts";
import { logOf } from "./tree-file.ts";

/* The files of a history: a log with a line for each version, and one text in full. */

/** One version of the tree file's text. */
export interface Version {
  /** Counts up for ever. */
  readonly version: number;
  /** ISO 8601, UTC */
  readonly time: string;
  /** The call that wrote it; null for what was saved by hand or by another program. */
  readonly command: string | null;
  /** The node that it was about. */
  readonly node: string | null;
}

/** What is kept of a version: how it came from the one before, and what its text must be. */
export interface Entry extends Version {
  readonly sum: number;
  /** In bytes. */
  readonly length: number;
  /** A long one is compressed: that of a whole text, as of one that was indented anew, would push out all that was before. */
  readonly delta: Delta | string;
}

export interface Log {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Whether the last line has no end: whoever wrote it was killed. */
  readonly isTorn: boolean;
}

/** The newest run of versions without a gap; lines that cannot be read are left out. */
export function readLog(folder: string): Log {
  const text = readText(logOf(folder));
  const entries = text.split("\n").flatMap(parseEntry);
  const gap = entries.findLastIndex((entry, i) => i > 0 && entry.version !== (entries[i - 1] as Entry).version + 1);
  return {
    entries: entries.slice(Math.max(gap, 0)),
    bytes: Buffer.byteLength(text),
    isTorn: text !== "" && !text.endsWith("\n"),
  };
}

export function parseEntry(line: string): readonly Entry[] {
  try {
    const entry = JSON.parse(line) as Entry;
    const isOurs = Number.isInteger(entry.version) && typeof entry.time === "string";
    return isOurs && (Array.isArray(entry.delta) || typeof entry.delta === "string") ? [entry] : [];
  } catch {
    return [];
  }
}

export function rewriteLog(folder: string, entries: readonly Entry[]): void {
  removeLeftovers(logOf(folder));
  atomicWrite(logOf(folder), Buffer.from(entries.map(lineOf).join("")));
}

export function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

export function writeCheckpoint(folder: string, version: number, text: readonly Uint8Array[]): void {
  removeLeftovers(join(folder, "checkpoint"));
  atomicWrite(join(folder, "checkpoint"), [Buffer.from(`${version} ${lengthOf(text)}\n`), ...text]);
}

export interface Checkpoint {
  readonly version: number;
  readonly text: Uint8Array;
}

export function readCheckpoint(folder: string): Checkpoint | undefined {
  const bytes = findBytes(join(folder, "checkpoint"));
  const end = bytes?.indexOf("\n") ?? -1;
  return bytes && end > 0
    ? { version: Number.parseInt(bytes.toString("latin1", 0, end), 10), text: bytes.subarray(end + 1) }
    : undefined;
}

function findBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Bytes at an end of the log in which its first and its last line are looked for. */
const endBytes = 65_536;

export function appendLines(folder: string, lines: string, { isFlushed }: { readonly isFlushed: boolean }): void {
  const bytes = Buffer.from(lines);
  const file = openSync(logOf(folder), "a");
  try {
    const size = fstatSync(file).size;
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    if (fstatSync(file).size !== size + bytes.length) throw Object.assign(new Error("a short write"), { code: "EIO" });
    if (isFlushed) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Of a text that ends with a line break. */
export function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n", text.length - 2) + 1, -1);
}

/** The beginning and the end of a file; undefined when there is none. */
export function findEnds(
  path: string,
): { readonly first: string; readonly last: string; readonly size: number } | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    const piece = (at: number) => {
      const bytes = Buffer.allocUnsafe(Math.min(endBytes, size));
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, at));
    };
    const first = piece(0);
    return { first, last: size <= endBytes ? first : piece(size - endBytes), size };
  } finally {
    closeSync(file);
  }
}
