import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { checksum } from "../system/checksum.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { statuses } from "../tree/status.ts";
import { fill, holds, holdsFile } from "./compare-files.ts";
import { Lines } from "./lines.ts";
import { type Columns, storedNode } from "./stored-node.ts";
import type { Meaning, Places, StoredTree } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** The number is to be raised when a tree file comes to mean something else, or this file looks different. A letter stands for the status at its place. */
export const format = `7 ${statuses.join(" ")}`;
/** Of a tree of 16 MB it takes about twice as much. */
const mostBytes = 100_000_000;

export interface Header {
  readonly format: string;
  /** Bytes of the index, of the lines and of the tree file, which follow in this order. */
  readonly lengths: readonly [number, number, number];
  /** Checksum of index and lines; the tree file is compared byte by byte. */
  readonly sum: number;
}

export interface Index extends Omit<Columns, "lines"> {
  readonly outOfStep: readonly string[];
  readonly places: Places | undefined;
  /** The tree without its nodes: of them there is the key, in its place. */
  readonly top: IterationTree;
  /** Bytes of each node's line. */
  readonly lengths: readonly number[];
}

/**
 * Whether something is kept of what the tree file meant when it was read last; it need not be parsed again as long as its
 * bytes are the same. It is an aid: without it, or when it makes no sense, the file is parsed. One that lies beside the
 * file, and not in a repository's own folder, may have come with it from anywhere, and is not believed.
 */
export function hasSnapshot(file: TreeFile): boolean {
  return withSnapshot(file, () => true) ?? false;
}

/** What the tree file meant then. Undefined when nothing is kept. */
export function readSnapshot(file: TreeFile): StoredTree | undefined {
  return withSnapshot(file, (handle, { meaning, source }) => {
    const bytes = Buffer.allocUnsafe(fstatSync(handle).size - source);
    return fill(handle, bytes, source) === bytes.length ? { ...meaning, bytes } : undefined;
  });
}

/** The same, when it is what these bytes mean. */
export function findKnown(file: TreeFile, bytes: Uint8Array): StoredTree | undefined {
  return withSnapshot(file, (handle, { meaning, source }) =>
    holds(handle, bytes, source) ? { ...meaning, bytes } : undefined,
  );
}

/** The same, when it is what the tree file, which is open, means. */
export function findMeaning(file: TreeFile, open: number): Meaning | undefined {
  return withSnapshot(file, (handle, { meaning, source }) => (holdsFile(handle, open, source) ? meaning : undefined));
}

interface Snapshot {
  readonly meaning: Meaning;
  /** Where the bytes begin that mean it; they reach to the end. */
  readonly source: number;
}

/** What was read last: a call that changes something looks at the tree more than once. */
let last: { readonly key: string; readonly snapshot: Snapshot | undefined } | undefined;

function withSnapshot<T>(
  { stateFolder: folder, isHidden }: TreeFile,
  use: (handle: number, snapshot: Snapshot) => T | undefined,
): T | undefined {
  if (!isHidden) return undefined;
  let handle: number | undefined;
  try {
    handle = openSync(snapshotOf(folder), constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(handle);
    if (!stat.isFile() || stat.size > mostBytes) return undefined;
    // A new one is a new file, but its number and time may come again; its header has the checksum.
    const header = readHeader(handle);
    const key = `${stat.ino} ${stat.mtimeMs} ${header}`;
    if (last?.key !== key) last = { key, snapshot: parseSnapshot(handle, header, stat.size) };
    return last.snapshot && use(handle, last.snapshot);
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** A header is shorter. */
const headerRoom = 1024;

/** The first line with its end; empty when there is none. */
function readHeader(handle: number): string {
  const head = Buffer.allocUnsafe(headerRoom);
  const found = head.subarray(0, fill(handle, head, 0));
  return found.toString("latin1", 0, found.indexOf("\n") + 1);
}

function parseSnapshot(handle: number, header: string, size: number): Snapshot | undefined {
  try {
    const { format: found, lengths, sum } = JSON.parse(header) as Header;
    const [index, lines, source] = lengths;
    const start = header.length;
    if (found !== format || size !== start + index + lines + source) return undefined;
    const bytes = Buffer.allocUnsafe(index + lines);
    if (fill(handle, bytes, start) < bytes.length || checksum(bytes) !== sum) return undefined;
    const meaning = meaningOf(JSON.parse(bytes.toString("utf8", 0, index)) as Index, bytes.subarray(index));
    return { meaning, source: start + bytes.length };
  } catch {
    return undefined;
  }
}

function meaningOf({ top, places, outOfStep, lengths, ...kept }: Index, lineBytes: Buffer): Meaning {
  const columns = { ...kept, lines: new Lines(lineBytes, lengths) };
  const nodes = kept.ids.map((_, i) => storedNode(columns, i));
  return { places, outOfStep, isTree: true, tree: { ...top, nodes } };
}

export function snapshotOf(folder: string): string {
  return join(folder, "snapshot");
}
