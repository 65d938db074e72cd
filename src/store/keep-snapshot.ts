import { mkdirSync, statSync } from "node:fs";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { checksum } from "./checksum.ts";
import { format, type Header, type Index, snapshotOf } from "./snapshot.ts";
import { isJson, lineOf } from "./stored-node.ts";
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
    ...{ top, places, outOfStep, lines: lines.map((line) => line.length) },
    ids: nodes.map((node) => node.node_id),
    parents: nodes.map((node) => node.parent_id),
    statuses: nodes.map((node) => node.status),
  };
  const [first, last] = [Buffer.from(JSON.stringify(index)), Buffer.concat(runsOf(lines))];
  const header: Header = {
    format,
    lengths: [first.length, bytes.length, last.length],
    sums: [checksum(first), checksum(last)],
  };
  try {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(snapshotOf(folder));
    const pieces = [Buffer.from(`${JSON.stringify(header)}\n`), first, bytes, last];
    atomicWrite(snapshotOf(folder), pieces, undefined, {
      isFlushed: false,
      // Who may read the file, and nobody else, may read what it means.
      mode: (statSync(path).mode & 0o666) | 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Lines that stand behind each other in memory as one, so that thousands are not copied each alone. */
function runsOf(lines: readonly Uint8Array[]): readonly Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (const line of lines) {
    const run = runs.at(-1);
    const isNext = run?.buffer === line.buffer && run.byteOffset + run.length === line.byteOffset;
    if (run && isNext) runs[runs.length - 1] = new Uint8Array(run.buffer, run.byteOffset, run.length + line.length);
    else runs.push(line);
  }
  return runs;
}
