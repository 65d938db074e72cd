import { mkdirSync, statSync } from "node:fs";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { checksum } from "../system/checksum.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import type { Objective } from "../tree/results.ts";
import { inFewPieces, lengthOf } from "./byte-pieces.ts";
import { joinLists } from "./join-lists.ts";
import { format, type Header, type Index, snapshotOf } from "./snapshot.ts";
import { isJson, lineOf, measuredOf, type Place, placeOf, root, statusLetter } from "./stored-node.ts";
import type { Meaning } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

/** Keeps what a tree file means, whose bytes are those of `source` together, when it is a tree. What cannot be kept is no failure of the call: the next one parses the file. */
export function keepSnapshot(
  { path, stateFolder: folder, isHidden }: TreeFile,
  meaning: Meaning,
  source: readonly Uint8Array[],
): void {
  const { places, outOfStep, tree } = meaning;
  const top = { ...tree, nodes: [] };
  if (!isHidden || !meaning.isTree || !isJson(top)) return;
  const rows = rowsOf(runsOf(tree.nodes));
  if (!rows) return;
  const { lines, ...columns } = rows;
  const index: Index = { top, places, outOfStep, ...columns };
  const first = Buffer.from(JSON.stringify(index));
  const known = [first, ...inFewPieces(lines)];
  const header: Header = {
    format,
    lengths: [first.length, lengthOf(lines), lengthOf(source)],
    sum: checksum(...known),
  };
  try {
    mkdirSync(folder, { recursive: true });
    removeLeftovers(snapshotOf(folder));
    const pieces = [Buffer.from(`${JSON.stringify(header)}\n`), ...known, ...source];
    atomicWrite(snapshotOf(folder), pieces, undefined, {
      isFlushed: false,
      // Who may read the file, and nobody else, may read what it means.
      mode: (statSync(path).mode & 0o666) | 0o600,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Nodes that stand behind each other, and did so in the columns that they come from: of thousands few have changed, and the others are copied together. */
interface Run {
  readonly nodes: readonly IterationNode[];
  /** Where the first one stands now. */
  readonly at: number;
  /** Where it stood; undefined for new ones. */
  readonly from: Place | undefined;
}

function runsOf(nodes: readonly IterationNode[]): readonly Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < nodes.length; ) {
    const from = placeOf(nodes[at] as IterationNode);
    let end = at + 1;
    while (end < nodes.length && follows(nodes[end] as IterationNode, from, end - at)) end++;
    runs.push({ nodes: nodes.slice(at, end), at, from });
    at = end;
  }
  return runs;
}

/** Whether a node stood `steps` behind the one that stood at `from`; of new ones, whether it is new, too. */
function follows(node: IterationNode, from: Place | undefined, steps: number): boolean {
  const place = placeOf(node);
  return from ? place?.columns === from.columns && place.i === from.i + steps : !place;
}

type Rows = Omit<Index, "top" | "places" | "outOfStep"> & { readonly lines: readonly Uint8Array[] };

/** What is kept of the nodes. Undefined when there is something that JSON does not hold, or a parent that is not there. */
function rowsOf(runs: readonly Run[]): Rows | undefined {
  const known = runs.find(({ from }) => from)?.from?.columns;
  const objectives = [...(known?.objectives ?? [])];
  const pieces = runs.map(({ nodes, from }) =>
    from && from.columns === known ? copied(from, nodes.length) : written(nodes, objectives),
  );
  if (!pieces.every((piece) => piece !== undefined)) return undefined;
  const ids = joinLists(pieces.map((piece) => piece.ids));
  const parents = parentsOf(runs, ids);
  if (!parents) return undefined;
  return {
    ids,
    parents,
    statuses: pieces.map(({ statuses }) => statuses).join(""),
    objectives,
    measured: pieces.map(({ measured }) => measured).join(""),
    values: joinLists(pieces.map(({ values }) => values)),
    lengths: joinLists(pieces.map(({ lengths }) => lengths)),
    lines: pieces.map(({ lines }) => lines),
  };
}

function copied({ columns, i }: Place, length: number) {
  const end = i + length;
  return {
    ids: columns.ids.slice(i, end),
    statuses: columns.statuses.slice(i, end),
    measured: columns.measured.slice(i, end),
    values: columns.values.slice(i, end),
    lengths: columns.lines.lengths.slice(i, end),
    lines: columns.lines.slice(i, end),
  };
}

/** What the nodes measure, and is new, is put among the `objectives`. */
function written(nodes: readonly IterationNode[], objectives: Objective[]) {
  const measured = nodes.map((node) => measuredOf(node, objectives));
  const lines = nodes.map((node, k) => lineOf(node, measured[k]?.letter ?? ""));
  if (!lines.every((line) => line !== undefined)) return undefined;
  return {
    ids: nodes.map((node) => node.node_id),
    statuses: nodes.map(({ status }) => statusLetter(status)).join(""),
    measured: measured.map(({ letter }) => letter).join(""),
    values: measured.map(({ value }) => value),
    lengths: lines.map(({ length }) => length),
    lines: Buffer.from(lines.join(""), "latin1"),
  };
}

/** So few are looked for one by one; for more, a map is made. */
const fewParents = 16;

/** The place of each node's parent. Where every node stands that was there before, so do the parents. Undefined when one is not there. */
function parentsOf(runs: readonly Run[], ids: readonly string[]): readonly number[] | undefined {
  const isInPlace = areInPlace(runs, ids);
  const asked = runs.filter(({ from }) => !from || !isInPlace).reduce((sum, { nodes }) => sum + nodes.length, 0);
  const places = asked > fewParents ? new Map(ids.map((id, i) => [id, i])) : undefined;
  const placeOfParent = ({ parent_id: id }: IterationNode) =>
    id === null ? root : (places?.get(id) ?? ids.indexOf(id));
  const parents = joinLists(
    runs.map(({ nodes, from }) =>
      from && isInPlace ? from.columns.parents.slice(from.i, from.i + nodes.length) : nodes.map(placeOfParent),
    ),
  );
  return parents.includes(-1) ? undefined : parents;
}

/** Whether all nodes that were there stand where they stood, or another one of the same name does. */
function areInPlace(runs: readonly Run[], ids: readonly string[]): boolean {
  const columns = runs.find(({ from }) => from)?.from?.columns;
  return runs.every(({ nodes, at, from }) =>
    from
      ? from.columns === columns && from.i === at
      : nodes.every((_, k) => at + k >= (columns?.ids.length ?? 0) || ids[at + k] === columns?.ids[at + k]),
  );
}
