import { InvalidTreeError } from "../errors.ts";

/** A position in a text; line and column count from 1, a byte order mark not among them. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const isMarked = line === 1 && text.startsWith("\ufeff");
  return { line, column: offset - before.lastIndexOf("\n") - (isMarked ? 1 : 0) };
}

/** An error at `offset`: place, what is wrong, and the line itself. */
export function invalidAt(
  text: string,
  name: string,
  offset: number,
  message: string,
  hint?: string,
): InvalidTreeError {
  const place = placeAt(text, Math.min(offset, text.length));
  return new InvalidTreeError(`${name}:${place.line}:${place.column}: ${message}\n${pointAt(text, place)}`, { hint });
}

/** The line itself; where it is empty (what was begun before is not ended), the last one that is not. */
function pointAt(text: string, { line, column }: Place): string {
  const lines = text.split("\n", line).map((each) => each.replace(/\r$/, ""));
  const shown = Math.max(lines.findLastIndex((each) => each.trim() !== "") + 1, 1);
  const start = shown === line ? Math.max(0, column - 60) : 0;
  return `  ${shown} | ${(lines[shown - 1] ?? "").slice(start, start + 100)}`;
}
