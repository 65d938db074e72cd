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
  hint = "Correct the file by hand; nothing was written. As it was: tree-autoresearch history; back: undo --to VERSION",
): InvalidTreeError {
  const place = placeAt(text, Math.min(offset, text.length));
  const lines = text.split("\n", place.line).map((each) => each.replace(/\r$/, ""));
  const full = lines.findLastIndex((each) => each.trim() !== "") + 1;
  // On an empty line something is missing (what was begun before is not ended): after the last one that is not.
  const { line, column } =
    full === 0 || full === place.line ? place : { line: full, column: (lines[full - 1] as string).length + 1 };
  const start = Math.max(0, column - 60);
  const excerpt = `  ${line} | ${(lines[line - 1] as string).slice(start, start + 100)}`;
  return new InvalidTreeError(`${name}:${line}:${column}: ${message}\n${excerpt}`, { hint });
}
