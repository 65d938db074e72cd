import { Chalk } from "chalk";
import { plainTheme, type Theme, type ThemeOptions } from "./theme.ts";

/** The sixteen colours that a terminal's own palette keeps readable, light or dark. */
export function createTheme(options: ThemeOptions): Theme {
  const color = new Chalk({ level: options.level });
  return {
    ...plainTheme(options),
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
