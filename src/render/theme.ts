import { Chalk, type ChalkInstance, type ColorSupportLevel } from "chalk";
import type { Status } from "../tree/iteration-tree.ts";

/** How things look in one place: colour by meaning, shapes that do without it, and how wide a line may be. */
export interface Theme {
  /** Cells; undefined where nothing is cut to fit (a pipe or file). */
  readonly width: number | undefined;
  readonly marks: Readonly<Record<Status, string>>;
  readonly best: string;
  readonly cut: string;
  readonly arrow: string;
  readonly branches: Branches;
  readonly title: ChalkInstance;
  readonly dim: ChalkInstance;
  readonly good: ChalkInstance;
  readonly bad: ChalkInstance;
  readonly strong: ChalkInstance;
  readonly status: Readonly<Record<Status, ChalkInstance>>;
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
  readonly level: ColorSupportLevel;
  readonly unicode: boolean;
  readonly width?: number | undefined;
}

/** The sixteen colours that a terminal's own palette keeps readable, light or dark. */
export function createTheme({ level, unicode, width }: ThemeOptions): Theme {
  const color = new Chalk({ level });
  return {
    width,
    ...(unicode ? unicodeShapes : asciiShapes),
    title: color.bold,
    dim: color.dim,
    good: color.green,
    bad: color.red,
    strong: color.bold,
    status: {
      pending: color.reset,
      running: color.cyan,
      waiting: color.magenta,
      completed: color.green,
      failed: color.red,
      pruned: color.dim,
    },
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
