import type { GeneratedDocument } from "./any-document.ts";
import type { AnyEdit } from "./any-edit.ts";
import type { Line } from "./line.ts";

/**
 * Whether the edited text has every line that the edit has no business with, byte for byte and in its place: it may
 * change the lines of its own node, and of the parent of a node that comes or goes no more than the `children`.
 */
export function keepsOtherLines(document: GeneratedDocument, edit: AnyEdit, after: string): boolean {
  if (document.text.includes("\r\n") ? /(?<!\r)\n/.test(after) : after.includes("\r")) return false;
  const fresh = after.split(/\r?\n/);
  if (!keepsOtherFields(document, edit, fresh)) return false;
  const isFree = document.lines.map((line) => mayChange(document, edit, line));
  const places = edit.kind === "add" ? placesOfNewNode(document) : [undefined];
  const more = edit.kind === "change" ? [undefined] : placesOfNewChildren(document, edit);
  return places.some((place) => more.some((other) => fits(document.lines, isFree, [place, other], fresh)));
}

/** Whether the lines of the node's fields that the edit has no business with are there still. */
function keepsOtherFields(
  { lines, layout }: GeneratedDocument,
  { kind, nodes, fields }: AnyEdit,
  fresh: readonly string[],
): boolean {
  // In JSON the last field gets a comma when another one follows.
  if (kind !== "change" || layout === "json") return true;
  const left = new Map<string, number>();
  for (const line of fresh) left.set(line, (left.get(line) ?? 0) + 1);
  return lines
    .filter(
      ({ owners, key }) => key !== undefined && !fields.includes(key) && nodes.some(({ id }) => owners.includes(id)),
    )
    .every(({ text }) => {
      const count = left.get(text) ?? 0;
      left.set(text, count - 1);
      return count > 0;
    });
}

function mayChange(document: GeneratedDocument, { kind, nodes, parent }: AnyEdit, line: Line): boolean {
  if (nodes.some(({ id }) => line.owners.includes(id))) return true;
  if (kind === "change") return false;
  if (parent && line.owners.includes(parent.id) && line.isChildren) return true;
  // An empty list is written `nodes: []`.
  const left = document.nodes.length - nodes.length;
  if (line.isNodes && left === 0) return true;
  // In flow style a comma stands between a node and the one behind it.
  const isFlow = document.layout !== "list" && document.layout !== "mapping";
  return kind === "add" && isFlow && line.owners.includes(document.nodes.at(-1)?.id ?? "");
}

/** Behind the last node, and before the next key. */
function placesOfNewNode({ lines }: GeneratedDocument): number[] {
  const last = lines.findLastIndex(({ owners, isNodes, text }) => (owners.length > 0 && text.trim() !== "") || isNodes);
  const rest = lines.slice(last + 1).findIndex(({ text }) => !/^\s*(#.*)?$/.test(text));
  const end = rest < 0 ? lines.length : last + 1 + rest;
  return Array.from({ length: end - last }, (_, i) => last + 1 + i);
}

/** Where the parent's `children` go when there are none yet, or behind those there are: among its own lines. */
function placesOfNewChildren({ lines }: GeneratedDocument, { parent }: AnyEdit): (number | undefined)[] {
  const own = lines.flatMap(({ owners }, i) => (parent && owners.includes(parent.id) ? [i + 1] : []));
  return [undefined, ...own];
}

/** Whether each run of lines that are not free stands in the new text, in order; anything may stand between the runs. */
function fits(
  lines: readonly Line[],
  isFree: readonly boolean[],
  places: readonly (number | undefined)[],
  fresh: readonly string[],
): boolean {
  const runs: string[][] = [[]];
  lines.forEach(({ text }, i) => {
    if (places.includes(i) || isFree[i]) runs.push([]);
    if (!isFree[i]) runs.at(-1)?.push(text);
  });
  if (places.includes(lines.length) || isFree.at(-1)) runs.push([]);
  let from = 0;
  for (const [i, run] of runs.entries()) {
    const least = i === runs.length - 1 ? fresh.length - run.length : from;
    const at = i === 0 ? 0 : indexOfRun(fresh, run, Math.max(from, least));
    if (at < from || !run.every((line, k) => fresh[at + k] === line)) return false;
    from = at + run.length;
  }
  return runs.length > 1 || from === fresh.length;
}

function indexOfRun(lines: readonly string[], run: readonly string[], from: number): number {
  for (let at = from; at + run.length <= lines.length; at++) {
    if (run.every((line, k) => lines[at + k] === line)) return at;
  }
  return -1;
}
