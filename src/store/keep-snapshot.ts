import { mkdirSync, statSync } from "node:fs";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { checksum } from "./checksum.ts";
import { format, type Header, type Index, snapshotOf } from "./snapshot.ts";
import { isJson, type Line, lineOf } from "./stored-node.ts";
import type { StoredTree } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** Keeps what a tree file means, when it is a tree. What cannot be kept is no failure of the call: the next one parses the file. */
export function keepSnapshot({ path, stateFolder: folder, isHidden }: TreeFile, stored: StoredTree): void {
  const { bytes, places, outOfStep, tree } = stored;
  const { nodes } = tree;
  const top = { ...tree, nodes: [] };
  if (!isHidden || !stored.isTree) return;
  const lines = nodes.map(lineOf);
  if (!isJson(top) || !lines.every((line) => line !== undefined)) return;
  const index: Index = {
    ...{ top, places, outOfStep, lines: lines.map(({ start, end }) => end - start) },
    ids: lines.map(({ id }) => id),
    parents: lines.map(({ parent }) => parent),
    statuses: lines.map(({ status }) => status),
  };
  const first = Buffer.from(JSON.stringify(index));
  const runs = runsOf(lines);
  const header: Header = {
    format,
    lengths: [first.length, runs.reduce((sum, { length }) => sum + length, 0), bytes.length],
    sum: checksum(first, ...runs),
  };
  try {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(snapshotOf(folder));
    const pieces = [Buffer.from(`${JSON.stringify(header)}\n`), first, ...runs, bytes];
    atomicWrite(snapshotOf(folder), pieces, undefined, {
      isFlushed: false,
      // Who may read the file, and nobody else, may read what it means.
      mode: (statSync(path).mode & 0o666) | 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Each is written by a call of its own. */
const mostRuns = 16;

/** Those that stand behind each other in memory are copied together: of thousands of nodes few have changed. */
function runsOf(lines: readonly Line[]): readonly Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (let i = 0; i < lines.length; ) {
    const { bytes, start } = lines[i] as Line;
    let { end } = lines[i] as Line;
    for (i++; lines[i]?.bytes === bytes && lines[i]?.start === end; i++) end = (lines[i] as Line).end;
    runs.push(bytes.subarray(start, end));
  }
  return runs.length > mostRuns ? [Buffer.concat(runs)] : runs;
}
