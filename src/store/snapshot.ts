import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { checksum } from "./checksum.ts";
import { Lines } from "./lines.ts";
import { sameBytes } from "./same-bytes.ts";
import { type Columns, storedNode } from "./stored-node.ts";
import type { Places, StoredTree } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** To be raised when a tree file comes to mean something else, or this file looks different. */
export const format = 4;
/** Of a tree of 16 MB it takes about twice as much. */
const mostBytes = 100_000_000;

export interface Header {
  readonly format: number;
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
 * What a tree file meant when it was read last; it need not be parsed again as long as its bytes are the same. Undefined
 * when nothing is kept that makes sense: it is an aid, and without it the file is parsed. One that lies beside the file,
 * and not in a repository's own folder, may have come with it from anywhere, and is not believed.
 */
export function readSnapshot({ stateFolder: folder, isHidden }: TreeFile): StoredTree | undefined {
  if (!isHidden) return undefined;
  try {
    // A new one is a new file.
    const stat = statSync(snapshotOf(folder));
    if (!stat.isFile() || stat.size > mostBytes) return undefined;
    const { ino, mtimeMs } = stat;
    const key = `${folder} ${ino} ${mtimeMs}`;
    if (last?.key !== key) last = { key, stored: parseSnapshot(readFileSync(snapshotOf(folder))) };
    return last.stored;
  } catch {
    return undefined;
  }
}

/** The same, when it is what these bytes mean. */
export function findKnown(file: TreeFile, bytes: Uint8Array): StoredTree | undefined {
  const known = readSnapshot(file);
  return known && sameBytes(known.bytes, bytes) ? known : undefined;
}

/** What was read last: a call that changes something looks at the tree more than once. */
let last: { readonly key: string; readonly stored: StoredTree | undefined } | undefined;

function parseSnapshot(bytes: Buffer): StoredTree | undefined {
  try {
    const start = bytes.indexOf("\n") + 1;
    const { format: found, lengths, sum } = JSON.parse(bytes.toString("latin1", 0, start)) as Header;
    const lines = start + lengths[0];
    const source = lines + lengths[1];
    if (found !== format || bytes.length !== source + lengths[2]) return undefined;
    if (checksum(bytes.subarray(start, source)) !== sum) return undefined;
    const index = JSON.parse(bytes.toString("utf8", start, lines)) as Index;
    return treeOf(index, bytes.subarray(source), bytes.subarray(lines, source));
  } catch {
    return undefined;
  }
}

function treeOf(index: Index, bytes: Uint8Array, lineBytes: Buffer): StoredTree {
  const { ids, parents, statuses, top, places, outOfStep, lengths } = index;
  const columns = { ids, parents, statuses, lines: new Lines(lineBytes, lengths) };
  const nodes = ids.map((_, i) => storedNode(columns, i));
  return { bytes, places, outOfStep, isTree: true, tree: { ...top, nodes } };
}

export function snapshotOf(folder: string): string {
  return join(folder, "snapshot");
}
