import { mkdirSync, statSync } from "node:fs";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { checksum } from "./checksum.ts";
import { joinLists } from "./join-lists.ts";
import { Lines } from "./lines.ts";
import { format, type Header, type Index, snapshotOf } from "./snapshot.ts";
import { type Columns, isJson, lineOf, placeOf } from "./stored-node.ts";
import type { StoredTree } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** Keeps what a tree file means, when it is a tree. What cannot be kept is no failure of the call: the next one parses the file. */
export function keepSnapshot({ path, stateFolder: folder, isHidden }: TreeFile, stored: StoredTree): void {
  const { bytes, places, outOfStep, tree } = stored;
  const top = { ...tree, nodes: [] };
  if (!isHidden || !stored.isTree || !isJson(top)) return;
  const runs = runsOf(tree.nodes);
  if (!runs) return;
  const of = <T>(list: (columns: Columns) => readonly T[]) =>
    joinLists(runs.map(({ columns, from, to }) => list(columns).slice(from, to)));
  const index: Index = {
    ...{ top, places, outOfStep, lengths: of(({ lines }) => lines.lengths) },
    ids: of(({ ids }) => ids),
    parents: of(({ parents }) => parents),
    statuses: of(({ statuses }) => statuses),
  };
  const first = Buffer.from(JSON.stringify(index));
  const slices = runs.map(({ columns, from, to }) => columns.lines.slice(from, to));
  const known = [first, ...(runs.length > mostRuns ? [Buffer.concat(slices)] : slices)];
  const header: Header = {
    format,
    lengths: [first.length, slices.reduce((sum, { length }) => sum + length, 0), bytes.length],
    sum: checksum(...known),
  };
  try {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(snapshotOf(folder));
    const pieces = [Buffer.from(`${JSON.stringify(header)}\n`), ...known, bytes];
    atomicWrite(snapshotOf(folder), pieces, undefined, {
      isFlushed: false,
      // Who may read the file, and nobody else, may read what it means.
      mode: (statSync(path).mode & 0o666) | 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Of more, the lines are brought together: each run is written by a call of its own. */
const mostRuns = 16;

/** Nodes that stand behind each other in the same columns: of thousands few have changed, and the others are copied together. */
interface Run {
  readonly columns: Columns;
  readonly from: number;
  readonly to: number;
}

/** Undefined when there is something that JSON does not hold. */
function runsOf(nodes: readonly IterationNode[]): readonly Run[] | undefined {
  const runs: Run[] = [];
  for (let i = 0; i < nodes.length; ) {
    const place = placeOf(nodes[i] as IterationNode);
    const start = i++;
    if (place) {
      const { columns, i: from } = place;
      while (i < nodes.length && isPlace(nodes[i] as IterationNode, columns, from + i - start)) i++;
      runs.push({ columns, from, to: from + i - start });
    } else {
      while (i < nodes.length && !placeOf(nodes[i] as IterationNode)) i++;
      const columns = columnsOf(nodes.slice(start, i));
      if (!columns) return undefined;
      runs.push({ columns, from: 0, to: i - start });
    }
  }
  return runs;
}

function isPlace(node: IterationNode, columns: Columns, i: number): boolean {
  const place = placeOf(node);
  return place?.columns === columns && place.i === i;
}

function columnsOf(nodes: readonly IterationNode[]): Columns | undefined {
  const lines = nodes.map(lineOf);
  if (!lines.every((line) => line !== undefined)) return undefined;
  return {
    ids: nodes.map((node) => node.node_id),
    parents: nodes.map((node) => node.parent_id),
    statuses: nodes.map((node) => node.status),
    lines: new Lines(
      Buffer.from(lines.join(""), "latin1"),
      lines.map((line) => line.length),
    ),
  };
}
