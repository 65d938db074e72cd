import { statuses } from "../tree/iteration-tree.ts";
import type { Outline, OutlineItem } from "../tree/outline.ts";
import { colorChange, renderChange, renderValue } from "./number.ts";
import { fitPieces, type Piece, plain } from "./pieces.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";
import { bytesOf, cutTo, padTo, widthOf } from "./width.ts";

/** What stands in one line, before anything is cut. */
interface Row {
  readonly item: OutlineItem;
  readonly branch: string;
  readonly id: string;
  readonly value: string;
  readonly change: string;
  readonly text: string;
}

/** Bytes that a drawing for a program may take, before something is left out. */
const budget = 9_700;
/** Bytes that a line takes at the least: the mark and the line break. */
const leastLine = 4;
/** A description that would be cut to less says nothing. */
const leastText = 12;
/** Levels that are drawn by indentation where room is short; deeper ones are numbered. */
const mostIndented = 8;

/** The tree as lines: shape and colour for the status, value and change, heavy branches along the best path. */
export function renderOutline(outline: Outline, theme: Theme): string {
  if (outline.items.length === 0) return "The tree is empty.";
  const { metric, direction = "maximize" } = outline.objective ?? {};
  const head =
    metric === undefined ? [] : [fitPieces([{ text: `${safeText(metric)} (${direction})`, paint: theme.dim }], theme)];
  const layout = theme.width === undefined ? compactRows(outline, theme) : alignedRows(outline, theme.width, theme);
  const lines = layout.map((row) => fitPieces(piecesOf(row, direction, theme), theme).trimEnd());
  return [...head, ...lines, ...legend(outline, theme)].join("\n");
}

function rowsOf({ items }: Outline, branches: readonly string[]): readonly Row[] {
  return items.map((item, i) => ({
    item,
    branch: branches[i] as string,
    id: idOf(item),
    value: renderValue(item.value),
    change: renderChange(item.change),
    text: textOf(item),
  }));
}

function idOf({ node, hidden }: OutlineItem): string {
  return ` ${safeText(node.node_id)}${hidden > 0 ? `  (+${hidden} below)` : ""}`;
}

/** Heavy lines run from a parent down to its child on the best path, past the children before that one. */
function fullBranches({ items }: Outline, { branches }: Theme): readonly string[] {
  const leads: string[] = [];
  return items.map(({ depth, isLast, isBeforeBest, isOnBestPath }) => {
    if (depth === 0) {
      leads[0] = "";
      return "";
    }
    const lead = leads[depth - 1] as string;
    leads[depth] = lead + (isBeforeBest ? branches.bestLine : isLast ? branches.gap : branches.line);
    if (isBeforeBest) return lead + branches.bestPassing;
    if (isOnBestPath) return lead + (isLast ? branches.bestLast : branches.bestFork);
    return lead + (isLast ? branches.last : branches.fork);
  });
}

/** One cell a level, and a number for levels that are too deep. */
function narrowBranches({ items }: Outline, { branches, cut }: Theme): readonly string[] {
  return items.map(({ depth, isOnBestPath }) => {
    if (depth === 0) return "";
    const end = (isOnBestPath ? branches.bestLast : branches.last).slice(0, 1);
    return depth <= mostIndented ? " ".repeat(depth - 1) + end : `${cut}${depth}${end}`;
  });
}

function textOf({ node }: OutlineItem): string {
  return [safeText(node.description), reasonOf(node)].filter(Boolean).join(" - ");
}

/** Why the node itself was given up; empty for others. */
function reasonOf({ reason, status }: OutlineItem["node"]): string {
  return reason && (status === "pruned" || status === "failed") ? `${status}: ${safeText(reason)}` : "";
}

/** For a program: no padding, and only as much of branches and descriptions as the budget allows. */
function compactRows(outline: Outline, theme: Theme): readonly Row[] {
  const spaced = (rows: readonly Row[]) =>
    rows.map((row) => ({ ...row, value: row.value && ` ${row.value}`, change: row.change && ` ${row.change}` }));
  if (outline.items.length * leastLine > budget) return barestRows(outline, theme);
  const bare = (rows: readonly Row[]) => rows.reduce((sum, row) => sum + bytesOf(plainHead(row, theme)) + 1, 0);
  const isDeep = outline.items.some(({ depth }) => depth > 5 * mostIndented);
  const full = isDeep ? undefined : spaced(rowsOf(outline, fullBranches(outline, theme)));
  const fits = (candidate: readonly Row[]) => bare(candidate) <= budget;
  const rows =
    full && fits(full)
      ? full
      : narrowRows(outline, theme)
          .map(spaced)
          .reduce((a, b) => (fits(a) ? a : b));
  const room = fairShare(
    rows.map(({ text }) => bytesOf(text) + 2),
    budget - bare(rows),
  );
  return rows.map((row) => ({
    ...row,
    text: room < leastText ? "" : withGap(cutTo(row.text, room - 2, theme.cut, bytesOf)),
  }));
}

/** Where even these are more than the budget allows. */
function barestRows(outline: Outline, theme: Theme): readonly Row[] {
  const branches = narrowBranches(outline, theme);
  return outline.items.map((item, i) => {
    const value = renderValue(item.value);
    return { item, branch: branches[i] as string, id: idOf(item), value: value && ` ${value}`, change: "", text: "" };
  });
}

/** From the richest to the barest. */
function narrowRows(outline: Outline, theme: Theme): readonly (readonly Row[])[] {
  const rows = rowsOf(outline, narrowBranches(outline, theme));
  return [rows, rows.map((row) => ({ ...row, change: "" }))];
}

function plainHead({ item, branch, id, value, change }: Row, theme: Theme): string {
  return `${branch}${theme.marks[item.status]}${id}${item.isBest ? ` ${theme.best}` : ""}${value}${change}`;
}

/** The largest size to which each of `sizes` can be cut so that all together stay within `total`. */
function fairShare(sizes: readonly number[], total: number): number {
  let left = total;
  for (const [i, size] of sizes.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (sizes.length - i));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** For a terminal: values in columns, ids and descriptions cut to its width. */
function alignedRows(outline: Outline, width: number, theme: Theme): readonly Row[] {
  const deepest = outline.items.reduce((most, { depth }) => Math.max(most, depth), 0);
  const narrow = deepest * widthOf(theme.branches.fork) > width / 2;
  const rows = rowsOf(outline, (narrow ? narrowBranches : fullBranches)(outline, theme));
  const widest = (measure: (row: Row) => number) => rows.reduce((most, row) => Math.max(most, measure(row)), 0);
  const [value, change] = [widest((row) => row.value.length), widest((row) => row.change.length)];
  const figures = (value > 0 ? value + 2 : 0) + (change > 0 ? change + 1 : 0);
  const beside = (row: Row) => widthOf(row.branch) + 1 + starOf(row, theme).length;
  const label = Math.min(
    widest((row) => beside(row) + widthOf(row.id)),
    Math.max(16, width - figures - 2 - leastText),
  );
  return rows.map((row) => ({
    ...row,
    id: padTo(
      cutTo(row.id, label - beside(row), theme.cut) + starOf(row, theme),
      label - beside(row) + starOf(row, theme).length,
    ),
    value: value > 0 ? `  ${padTo(row.value, value, "right")}` : "",
    change: change > 0 ? ` ${padTo(row.change, change, "right")}` : "",
    text: withGap(reasonFirst(row, width - label - figures - 2)),
  }));
}

function starOf({ item }: Row, { best }: Theme): string {
  return item.isBest ? `  ${best}` : "";
}

function withGap(text: string): string {
  return text && `  ${text}`;
}

/** Why a node was given up says more than what it tried, which its id says as well. */
function reasonFirst({ text, item }: Row, room: number): string {
  return widthOf(text) > room ? reasonOf(item.node) || text : text;
}

function piecesOf(
  { item, branch, id, value, change, text }: Row,
  direction: "maximize" | "minimize",
  theme: Theme,
): readonly Piece[] {
  const mark = theme.marks[item.status];
  const star = theme.width === undefined && item.isBest ? ` ${theme.best}` : "";
  if (item.status === "pruned") return [{ text: branch + mark + id + value + change + text, paint: theme.dim }];
  return [
    { text: branch, paint: item.isOnBestPath ? theme.good : theme.dim },
    { text: mark, paint: theme.status[item.status] },
    { text: id + star, paint: item.isOnBestPath ? theme.strong : plain },
    { text: value, paint: item.isOnBestPath ? theme.strong : plain },
    { text: change, paint: (each) => colorChange(each, item.change, direction, theme) },
    { text, paint: theme.dim },
  ];
}

/** Explains only the shapes that are there; nothing to a program, which pays for every character. */
function legend({ items }: Outline, theme: Theme): readonly string[] {
  if (theme.width === undefined) return [];
  const present = statuses.filter((status) => items.some((item) => item.status === status));
  const best = items.some(({ isBest }) => isBest) ? [`${theme.best} best`] : [];
  const marks = present.map((status) => `${theme.marks[status]} ${status}`);
  return ["", fitPieces([{ text: [...marks, ...best].join("   "), paint: theme.dim }], theme)];
}
