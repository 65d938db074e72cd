import type { Theme } from "./theme.ts";
import { cutTo, padTo, widthOf } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Cut first, when the line is too long. */
  readonly isElastic?: boolean;
}

/** A cell's text without colour, and how it is coloured once it is cut and padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const gap = "  ";
const leastElastic = 8;

/** An aligned table that fits the theme's width; its elastic columns give way, the last one first. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], theme: Theme): string {
  const natural = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i]?.text ?? ""))),
  );
  const widths = fitWidths(columns, natural, theme.width);
  const line = (cells: readonly Cell[]) =>
    cells
      .map(({ text, paint = (plain: string) => plain }, i) => {
        const cut = cutTo(text, widths[i] as number, theme.cut);
        const isLast = i === cells.length - 1 && columns[i]?.align !== "right";
        return paint(isLast ? cut : padTo(cut, widths[i] as number, columns[i]?.align));
      })
      .join(gap)
      .trimEnd();
  const titles = columns.map(({ title }) => ({ text: title, paint: theme.title }));
  return [titles, ...rows].map(line).join("\n");
}

function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  width: number | undefined,
): readonly number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each + gap.length, -gap.length);
  if (width === undefined) return widths;
  for (let i = columns.length - 1; i >= 0 && total() > width; i--) {
    if (columns[i]?.isElastic) widths[i] = Math.max(leastElastic, (widths[i] as number) - (total() - width));
  }
  return widths;
}
