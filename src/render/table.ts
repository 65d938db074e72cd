import type { Theme } from "./theme.ts";
import { cutTo, padTo, widthOf } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Gives way when a line is too long: 1 first, 3 last. */
  readonly elastic?: 1 | 2 | 3 | undefined;
}

/** A cell's text without colour, alone or with how it is coloured once it is cut and padded. */
export type Cell = string | { readonly text: string; readonly paint?: ((text: string) => string) | undefined };

const gap = "  ";
/** To what an elastic column gives way, step by step. */
const steps = [
  { elastic: 1, least: 16 },
  { elastic: 2, least: 12 },
  { elastic: 1, least: 8 },
  { elastic: 3, least: 8 },
  { elastic: 2, least: 6 },
] as const;
/** In a table for a program, a longer cell is not padded to: it would widen every line. */
const mostPadded = 28;

/** An aligned table that fits the theme's width; in a window that is too narrow for all columns the last ones go. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], theme: Theme): string {
  const titles = columns.map(({ title }) => ({ text: title, paint: theme.title }));
  const all = [titles, ...rows];
  const widths = fitWidths(columns, naturalWidths(all, columns.length), theme.width);
  // Of thousands of lines, a list of each one's pieces would take as long as the rest.
  const line = (cells: readonly Cell[]) => {
    let joined = "";
    for (let i = 0; i < widths.length; i++) {
      const cell = cells[i] as Cell;
      const text = textOf(cell);
      const width = widths[i] as number;
      const align = columns[i]?.align;
      const cut = theme.width === undefined ? text : cutTo(text, width, theme.cut);
      const isLast = i === widths.length - 1 && align !== "right";
      const padded = isLast ? cut : padTo(cut, width, align);
      const paint = typeof cell === "string" ? undefined : cell.paint;
      joined += (i > 0 ? gap : "") + (paint ? paint(padded) : padded);
    }
    return joined.trimEnd();
  };
  return all.map(line).join("\n");
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function naturalWidths(rows: readonly (readonly Cell[])[], count: number): readonly number[] {
  const widths = new Array<number>(count).fill(0);
  for (const row of rows)
    for (let i = 0; i < count; i++) widths[i] = Math.max(widths[i] as number, widthOf(textOf(row[i] as Cell)));
  return widths;
}

function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  width: number | undefined,
): readonly number[] {
  if (width === undefined) return natural.map((each) => Math.min(each, mostPadded));
  const widths = [...natural];
  const excess = () => widths.reduce((sum, each) => sum + each + gap.length, -gap.length) - width;
  for (const { elastic, least } of steps) {
    const giving = widths.flatMap((_, i) => (columns[i]?.elastic === elastic ? [i] : []));
    while (excess() > 0) {
      const widest = giving.reduce<number | undefined>(
        (a, i) => (a === undefined || (widths[i] as number) > (widths[a] as number) ? i : a),
        undefined,
      );
      if (widest === undefined || (widths[widest] as number) <= least) break;
      widths[widest] = (widths[widest] as number) - 1;
    }
  }
  while (excess() > 0 && widths.length > 1) widths.pop();
  if (excess() > 0) widths[0] = width;
  return widths;
}
