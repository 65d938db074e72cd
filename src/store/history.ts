import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { isThere } from "../system/is-there.ts";
import { readText } from "../system/read-text.ts";
import { checksum } from "./checksum.ts";
import { applyDelta, type Delta, deltaOf, invertDelta } from "./delta.ts";
import { logOf } from "./tree-file.ts";

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
interface Entry extends Version {
  readonly sum: number;
  /** In bytes. */
  readonly length: number;
  /** A long one is compressed: that of a whole text, as of one that was indented anew, would push out all that was before. */
  readonly delta: Delta | string;
}

/** What brought a new text about. */
interface Origin {
  readonly time: string;
  readonly command: string | null;
  readonly node: string | null;
}

export interface Recorded {
  readonly before: Uint8Array;
  /** How `before` came about, should it turn out that it is not recorded yet. */
  readonly found: Origin;
  readonly after: Uint8Array;
  readonly delta: Delta;
  readonly origin: Origin;
}

/** What is said to have brought the text about that a file began with. */
export const newFile = "a new file";
/** So many versions are kept at least; twice as many before old ones are dropped. */
export const keptVersions = 250;
/** Bytes of the log after which old versions are dropped earlier: with a checkpoint of 4.4 MB below 20 MB in all. */
const mostBytes = 12_000_000;
/** Characters of a delta beyond which it is compressed. */
const longDelta = 20_000;
/** A text in full is kept of every 64th version, so that none is more than some steps away from one. */
const checkpointEvery = 64;

/**
 * Adds to the history in `folder` that `before` became `after`; and when `before` is not the newest version known, that
 * somebody else saved it. To be called by whoever holds the lock, after the tree file has been replaced: a process that
 * is killed in between leaves a text that the next call records as saved by somebody else. Returns the new version, and
 * whether what was there before could not be made sense of: then it is kept beside the new one.
 */
export function recordVersion(
  folder: string,
  { before, found, after, delta, origin }: Recorded,
): { readonly version: number; readonly isDamaged: boolean } {
  mkdirSync(folder, { recursive: true });
  const quick = appendQuickly(folder, before, (version) => entryOf(version, origin, after, delta));
  if (quick !== undefined) return { version: quick, isDamaged: false };
  const log = readLog(folder);
  const tip = log.entries.at(-1);
  const known = tip && textOfTip(folder, log.entries, before);
  const isDamaged = known === undefined && log.bytes > 0;
  if (isDamaged) setAside(folder);
  const fresh: Entry[] = [];
  const last = () => (fresh.at(-1) ?? tip)?.version ?? 0;
  if (known === undefined) fresh.push(entryOf(last() + 1, found, before, []));
  else if (!isSame(known, before))
    fresh.push(entryOf(last() + 1, found, before, deltaOf(textIn(known), textIn(before))));
  fresh.push(entryOf(last() + 1, origin, after, delta));
  const entries = known === undefined ? fresh : [...log.entries, ...fresh];
  const added = fresh.map(lineOf).join("");
  const isFull = entries.length > 2 * keptVersions || log.bytes + Buffer.byteLength(added) > mostBytes;
  const isDue =
    isFull ||
    last() % checkpointEvery < fresh.length ||
    (known !== undefined && !isWhole(readCheckpoint(folder), entries));
  // First the line, also on the disk: a full text of a version that the log does not know would be no use.
  if (known !== undefined) appendLines(folder, (log.isTorn ? "\n" : "") + added, { isFlushed: isDue });
  else writeCheckpoint(folder, (entries[0] as Entry).version, before);
  if (isDue) writeCheckpoint(folder, last(), after);
  if (known === undefined || isFull) rewriteLog(folder, isFull ? newest(entries) : entries);
  return { version: last(), isDamaged };
}

const damaged = /\.damaged-[a-z0-9]+$/;

/** What a person may still make sense of. */
function setAside(folder: string): void {
  const time = Date.now().toString(36);
  // The log last: as long as it is there without a copy, whoever is next sees the damage.
  for (const name of ["checkpoint", "log"])
    if (isThere(join(folder, name))) renameSync(join(folder, name), join(folder, `${name}.damaged-${time}`));
}

/** Whether something was set aside. */
export function hasDamaged(folder: string): boolean {
  return isThere(folder) && readdirSync(folder).some((name) => damaged.test(name));
}

function appendLines(folder: string, lines: string, { isFlushed }: { readonly isFlushed: boolean }): void {
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

/** All versions that are kept, oldest first. */
export function readVersions(folder: string): readonly Version[] {
  return readLog(folder).entries.map(({ version, time, command, node }) => ({ version, time, command, node }));
}

/** Whether `text` is the newest version: else it was saved by somebody else, and is not recorded yet. */
export function isNewest(folder: string, text: Uint8Array): boolean {
  const end = findEnds(logOf(folder))?.last ?? "";
  const [tip] = end.endsWith("\n") ? parseEntry(lastLine(end)) : [];
  const newest = tip ?? readLog(folder).entries.at(-1);
  return newest !== undefined && isTextOf(newest, text);
}

/** The text of a version; undefined when it is not kept, or what is kept is damaged. */
export function findText(folder: string, version: number): string | undefined {
  const text = textOf(folder, readLog(folder).entries, version);
  return text && textIn(text);
}

function textOfTip(folder: string, entries: readonly Entry[], likely: Uint8Array): Uint8Array | undefined {
  const tip = entries.at(-1) as Entry;
  return isTextOf(tip, likely) ? likely : textOf(folder, entries, tip.version);
}

function textOf(folder: string, entries: readonly Entry[], version: number): Uint8Array | undefined {
  const wanted = entries.find((entry) => entry.version === version);
  const checkpoint = readCheckpoint(folder);
  if (!wanted || !checkpoint) return undefined;
  const between = ({ version: each }: Entry) =>
    each > Math.min(version, checkpoint.version) && each <= Math.max(version, checkpoint.version);
  const isBack = version < checkpoint.version;
  const way = entries.filter(between);
  if (way.length !== Math.abs(version - checkpoint.version)) return undefined;
  try {
    const steps = way.map(({ delta }) => (isBack ? invertDelta(unpack(delta)) : unpack(delta)));
    const text = (isBack ? steps.reverse() : steps).reduce(applyDelta, checkpoint.text);
    return isTextOf(wanted, text) ? text : undefined;
  } catch {
    return undefined; // damaged: a checkpoint or a delta that is not ours
  }
}

function entryOf(version: number, { time, command, node }: Origin, text: Uint8Array, delta: Delta): Entry {
  return { version, time, command, node, sum: checksum(text), length: text.length, delta: pack(delta) };
}

/** By need: it brings all of Node's streams with it. */
function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}

function pack(delta: Delta): Delta | string {
  const length = delta.reduce((sum, [, removed, inserted]) => sum + removed.length + inserted.length, 0);
  return length > longDelta ? zlib().deflateRawSync(JSON.stringify(delta)).toString("base64") : delta;
}

function unpack(delta: Delta | string): Delta {
  if (typeof delta !== "string") return delta;
  return JSON.parse(zlib().inflateRawSync(Buffer.from(delta, "base64")).toString()) as Delta;
}

function isTextOf({ sum, length }: Pick<Entry, "sum" | "length">, text: Uint8Array): boolean {
  return text.length === length && checksum(text) === sum;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function textIn(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

function newest(entries: readonly Entry[]): readonly Entry[] {
  let bytes = 0;
  const first = entries.findLastIndex((entry, i) => {
    bytes += Buffer.byteLength(lineOf(entry));
    return entries.length - i > keptVersions || bytes > mostBytes / 2;
  });
  // The last two however large they are, so that undo has where to go. No delta leads to the first one.
  const [oldest, ...later] = entries.slice(Math.max(0, Math.min(first + 1, entries.length - 2)));
  return oldest ? [{ ...oldest, delta: [] }, ...later] : [];
}

interface Log {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Whether the last line has no end: whoever wrote it was killed. */
  readonly isTorn: boolean;
}

/** The newest run of versions without a gap; lines that cannot be read are left out. */
function readLog(folder: string): Log {
  const text = readText(logOf(folder));
  const entries = text.split("\n").flatMap(parseEntry);
  const gap = entries.findLastIndex((entry, i) => i > 0 && entry.version !== (entries[i - 1] as Entry).version + 1);
  return {
    entries: entries.slice(Math.max(gap, 0)),
    bytes: Buffer.byteLength(text),
    isTorn: text !== "" && !text.endsWith("\n"),
  };
}

function parseEntry(line: string): readonly Entry[] {
  try {
    const entry = JSON.parse(line) as Entry;
    const isOurs = Number.isInteger(entry.version) && typeof entry.time === "string";
    return isOurs && (Array.isArray(entry.delta) || typeof entry.delta === "string") ? [entry] : [];
  } catch {
    return [];
  }
}

function rewriteLog(folder: string, entries: readonly Entry[]): void {
  removeLeftovers(logOf(folder));
  atomicWrite(logOf(folder), Buffer.from(entries.map(lineOf).join("")));
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

function writeCheckpoint(folder: string, version: number, text: Uint8Array): void {
  removeLeftovers(join(folder, "checkpoint"));
  atomicWrite(join(folder, "checkpoint"), Buffer.concat([Buffer.from(`${version} ${text.length}\n`), text]));
}

interface Checkpoint {
  readonly version: number;
  readonly text: Uint8Array;
}

function isWhole(checkpoint: Checkpoint | undefined, entries: readonly Entry[]): boolean {
  const entry = entries.find(({ version }) => version === checkpoint?.version);
  return checkpoint !== undefined && entry !== undefined && isTextOf(entry, checkpoint.text);
}

function readCheckpoint(folder: string): Checkpoint | undefined {
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

/**
 * What nearly every save does, without reading the whole log: appends one line when `before` is the newest version and
 * nothing else is due. Returns its version; undefined when there is more to do.
 */
function appendQuickly(folder: string, before: Uint8Array, entryAs: (version: number) => Entry): number | undefined {
  const log = findEnds(logOf(folder));
  const checkpoint = findEnds(join(folder, "checkpoint"));
  if (!log?.last.endsWith("\n") || !checkpoint) return undefined;
  const [first] = parseEntry(log.first.slice(0, log.first.indexOf("\n")));
  const [tip] = parseEntry(lastLine(log.last));
  if (!first || !tip || !isTextOf(tip, before)) return undefined;
  const version = tip.version + 1;
  const [, copied, length] = /^(\d+) (\d+)\n/.exec(checkpoint.first) ?? [];
  const isWhole =
    copied !== undefined && checkpoint.size === copied.length + 2 + String(length).length + Number(length);
  const isKept = Number(copied) >= first.version && Number(copied) <= tip.version;
  if (!isWhole || !isKept || version % checkpointEvery === 0 || version - first.version >= 2 * keptVersions)
    return undefined;
  const line = lineOf(entryAs(version));
  if (log.size + Buffer.byteLength(line) > mostBytes) return undefined;
  appendLines(folder, line, { isFlushed: false });
  return version;
}

/** Of a text that ends with a line break. */
function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n", text.length - 2) + 1, -1);
}

/** The beginning and the end of a file; undefined when there is none. */
function findEnds(path: string): { readonly first: string; readonly last: string; readonly size: number } | undefined {
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
