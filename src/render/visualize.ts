import { statuses } from "../tree/iteration-tree.ts";
import type { Outline, OutlineItem } from "../tree/outline.ts";
import type { Direction } from "../tree/results.ts";
import { colorChange, renderChange, renderValue } from "./number.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";
import { cutTo, padTo, widthOf } from "./width.ts";

/** One line of the drawing: what is cut to fit apart from what is not. */
interface Row {
  readonly item: OutlineItem;
  readonly branch: string;
  readonly id: string;
  readonly value: string;
  readonly change: string;
  readonly text: string;
  readonly direction: Direction;
}

/** What a drawing that goes to a program may take, in bytes, before its descriptions are left out. */
const budget = 9_500;
const leastText = 12;

/** The tree as lines: shape and colour for the status, value and change, heavy branches along the best path. */
export function renderOutline(outline: Outline, theme: Theme): string {
  if (outline.items.length === 0) return "The tree is empty.";
  const { metric, direction = "maximize" } = outline.objective ?? {};
  const rows = outline.items.flatMap((item) => rowsOf(item, { prefix: "", branch: "", direction }, theme));
  const head = metric ? [theme.dim(`${safeText(metric)} (${direction})`)] : [];
  const lines = theme.width === undefined ? compactLines(rows, theme) : alignedLines(rows, theme.width, theme);
  return [...head, ...lines, ...legend(rows, theme)].join("\n");
}

interface Lead {
  /** before the node itself */
  readonly branch: string;
  /** before everything under it */
  readonly prefix: string;
  readonly direction: Direction;
}

function rowsOf(item: OutlineItem, lead: Lead, theme: Theme): readonly Row[] {
  const { node, children, hidden } = item;
  const row: Row = {
    item,
    branch: lead.branch,
    direction: lead.direction,
    id: safeText(node.node_id),
    value: renderValue(item.value),
    change: renderChange(item.change),
    text: textOf(item),
  };
  const more = hidden > 0 ? `  (+${hidden} below)` : "";
  return [
    { ...row, id: row.id + more },
    ...children.flatMap((child, i) => rowsOf(child, leadOf(children, i, lead, theme), theme)),
  ];
}

/** Heavy lines run from the parent down to the child on the best path, past the children before it. */
function leadOf(children: readonly OutlineItem[], i: number, above: Lead, { branches }: Theme): Lead {
  const { prefix } = above;
  const best = children.findIndex((child) => child.isOnBestPath);
  const isLast = i === children.length - 1;
  if (i < best) return { ...above, branch: prefix + branches.bestPassing, prefix: prefix + branches.bestLine };
  const branch = i === best ? (isLast ? branches.bestLast : branches.bestFork) : isLast ? branches.last : branches.fork;
  return { ...above, branch: prefix + branch, prefix: prefix + (isLast ? branches.gap : branches.line) };
}

function textOf({ node, status }: OutlineItem): string {
  const reason =
    node.reason && (status === "pruned" || status === "failed") ? `${status}: ${safeText(node.reason)}` : "";
  return [safeText(node.description), reason].filter(Boolean).join(" - ");
}

/** For a terminal: values in columns, descriptions cut to its width. */
function alignedLines(rows: readonly Row[], width: number, theme: Theme): readonly string[] {
  const label = (row: Row) =>
    widthOf(`${row.branch}${theme.marks[row.item.status]} ${row.id}${row.item.isBest ? `  ${theme.best}` : ""}`);
  const valueWidth = Math.max(...rows.map((row) => row.value.length));
  const changeWidth = Math.max(...rows.map((row) => row.change.length));
  const figures = valueWidth + changeWidth + (valueWidth > 0 ? 2 : 0) + (changeWidth > 0 ? 1 : 0);
  const labelWidth = Math.min(Math.max(...rows.map(label)), Math.max(16, width - figures - 2 - leastText));
  return rows.map((row) => {
    const room = width - labelWidth - figures - 2;
    const id = cutTo(row.id, labelWidth - widthOf(row.branch) - 2 - (row.item.isBest ? 3 : 0), theme.cut);
    const head = padTo(
      `${row.branch}${theme.marks[row.item.status]} ${id}${row.item.isBest ? `  ${theme.best}` : ""}`,
      labelWidth,
    );
    const value = valueWidth > 0 ? `  ${padTo(row.value, valueWidth, "right")}` : "";
    const change = changeWidth > 0 ? ` ${padTo(row.change, changeWidth, "right")}` : "";
    return paint({ row, head, value, change, text: cutTo(row.text, room, theme.cut), gap: "  " }, theme).trimEnd();
  });
}

/** For a program: no padding, and only as much of the descriptions as the budget allows for all of them alike. */
function compactLines(rows: readonly Row[], theme: Theme): readonly string[] {
  const bare = rows.map((row) => {
    const head = `${row.branch}${theme.marks[row.item.status]} ${row.id}${row.item.isBest ? ` ${theme.best}` : ""}`;
    return { row, head, value: row.value && ` ${row.value}`, change: row.change && ` ${row.change}` };
  });
  const used = bare.reduce((sum, { head, value, change }) => sum + Buffer.byteLength(head + value + change) + 3, 0);
  const room = fairShare(
    rows.map((row) => row.text.length),
    budget - used,
  );
  return bare.map((line) =>
    paint({ ...line, text: cutTo(line.row.text, room, theme.cut), gap: "  " }, theme).trimEnd(),
  );
}

/** The largest length to which each of `lengths` can be cut so that all together stay within `total`; 0 when it would be too short to read. */
function fairShare(lengths: readonly number[], total: number): number {
  let left = total;
  const ascending = lengths.toSorted((a, b) => a - b);
  for (const [i, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (length > share) return share < leastText ? 0 : share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

interface Line {
  readonly row: Row;
  readonly head: string;
  readonly value: string;
  readonly change: string;
  readonly text: string;
  readonly gap: string;
}

function paint({ row, head, value, change, text, gap }: Line, theme: Theme): string {
  const { item, branch } = row;
  const tail = text && gap + text;
  if (item.status === "pruned") return theme.dim(head + value + change + tail);
  const mark = theme.marks[item.status];
  const name = head.slice(branch.length + mark.length);
  const lead = (item.isOnBestPath ? theme.good : theme.dim)(branch) + theme.status[item.status](mark);
  const shown = item.isOnBestPath ? theme.strong(name) : name;
  return lead + shown + theme.strong(value) + colorChange(change, item.change, row.direction, theme) + theme.dim(tail);
}

/** Explains only the shapes that are there; nothing to a program, which pays for every character. */
function legend(rows: readonly Row[], theme: Theme): readonly string[] {
  if (theme.width === undefined) return [];
  const present = statuses.filter((status) => rows.some((row) => row.item.status === status));
  const best = rows.some((row) => row.item.isBest) ? [`${theme.best} best`] : [];
  const marks = present.map((status) => `${theme.marks[status]} ${status}`);
  return ["", theme.dim(cutTo([...marks, ...best].join("   "), theme.width, theme.cut))];
}
