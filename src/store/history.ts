import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { checksum } from "../system/checksum.ts";
import { isThere } from "../system/is-there.ts";
import { lengthOf } from "./byte-pieces.ts";
import { applyDeltas, type Delta, deltaOfBytes, invertDelta } from "./delta.ts";
import {
  appendLines,
  type Checkpoint,
  type Entry,
  findEnds,
  lastLine,
  lineOf,
  parseEntry,
  readCheckpoint,
  readLog,
  rewriteLog,
  type Version,
  writeCheckpoint,
} from "./history-files.ts";
import { sameBytes } from "./same-bytes.ts";
import { logOf } from "./tree-file.ts";

export type { Version } from "./history-files.ts";

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
  /** In pieces. */
  readonly after: readonly Uint8Array[];
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
  if (known === undefined) fresh.push(entryOf(last() + 1, found, [before], []));
  else if (!sameBytes(known, before)) fresh.push(entryOf(last() + 1, found, [before], deltaOfBytes(known, before)));
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
  else writeCheckpoint(folder, (entries[0] as Entry).version, [before]);
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
    const text = applyDeltas(checkpoint.text, isBack ? steps.reverse() : steps);
    return isTextOf(wanted, text) ? text : undefined;
  } catch {
    return undefined; // damaged: a checkpoint or a delta that is not ours
  }
}

function entryOf(version: number, { time, command, node }: Origin, text: readonly Uint8Array[], delta: Delta): Entry {
  return { version, time, command, node, sum: checksum(...text), length: lengthOf(text), delta: pack(delta) };
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

function isWhole(checkpoint: Checkpoint | undefined, entries: readonly Entry[]): boolean {
  const entry = entries.find(({ version }) => version === checkpoint?.version);
  return checkpoint !== undefined && entry !== undefined && isTextOf(entry, checkpoint.text);
}
