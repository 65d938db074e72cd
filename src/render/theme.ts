import type { Status } from "../tree/iteration-tree.ts";

/** Colours a text. */
type Paint = (text: string) => string;

/** How things look in one place: colour by meaning, shapes that do without it, and how wide a line may be. */
export interface Theme {
  /** Cells; undefined where nothing is cut to fit (a pipe or file). */
  readonly width: number | undefined;
  readonly marks: Readonly<Record<Status, string>>;
  readonly best: string;
  readonly cut: string;
  readonly arrow: string;
  readonly branches: Branches;
  readonly title: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly strong: Paint;
  readonly status: Readonly<Record<Status, Paint>>;
}

/** What stands before a node, one level each; all of the same width. */
interface Branches {
  readonly fork: string;
  readonly last: string;
  readonly line: string;
  readonly gap: string;
  /** to the child on the best path, with and without children after it */
  readonly bestFork: string;
  readonly bestLast: string;
  /** past a child before that one */
  readonly bestPassing: string;
  readonly bestLine: string;
}

export interface ThemeOptions {
  readonly level: 0 | 1;
  readonly unicode: boolean;
  readonly width?: number | undefined;
}

/** Makes a theme; the one with colours is in `color-theme.ts`. */
export type CreateTheme = (options: ThemeOptions) => Theme;

const plain: Paint = (text) => text;

/** Without colour, whatever `level` is. */
export function plainTheme({ unicode, width }: ThemeOptions): Theme {
  return {
    width,
    ...(unicode ? unicodeShapes : asciiShapes),
    ...{ title: plain, dim: plain, good: plain, bad: plain, strong: plain },
    status: { pending: plain, running: plain, waiting: plain, completed: plain, failed: plain, pruned: plain },
  };
}

const unicodeShapes = {
  marks: { pending: "○", running: "◐", waiting: "◇", completed: "●", failed: "✗", pruned: "⊘" },
  best: "★",
  cut: "…",
  arrow: "→",
  branches: {
    ...{ fork: "├─ ", last: "└─ ", line: "│  ", gap: "   " },
    ...{ bestFork: "┡━ ", bestLast: "┗━ ", bestPassing: "┠─ ", bestLine: "┃  " },
  },
};

const asciiShapes = {
  marks: { pending: "o", running: "~", waiting: "?", completed: "*", failed: "x", pruned: "-" },
  best: "#",
  cut: "...",
  arrow: "->",
  branches: {
    ...{ fork: "|- ", last: "`- ", line: "|  ", gap: "   " },
    ...{ bestFork: "|= ", bestLast: "`= ", bestPassing: "!- ", bestLine: "!  " },
  },
};
