import type { ParsedNode } from "yaml";
import { lineEnd, lineStart, nextLine, type Splice, UnspliceableError } from "./splice.ts";

/** The text under edit, and what has been decided to change in it so far. */
export interface Edits {
  readonly text: string;
  readonly lineBreak: string;
  readonly splices: Splice[];
  /** Throws when the node may not be changed: it is an alias, or an alias repeats it. */
  readonly requireOwn: (node: ParsedNode) => void;
}

/** The comment on the rest of the line, with the blanks before it. */
export function commentOn(text: string, offset: number): string {
  // Not from the middle of a run of blanks, which would take the square of its length.
  return /(?<![ \t])[ \t]+#.*$/.exec(text.slice(offset, lineEnd(text, offset)))?.[0] ?? "";
}

export function withoutLineBreak(text: string, offset: number): number {
  if (text[offset - 1] !== "\n") return offset;
  return text[offset - 2] === "\r" ? offset - 2 : offset - 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

export function isFirstOnLine(text: string, offset: number): boolean {
  return /^ *$/.test(text.slice(lineStart(text, offset), offset));
}

/** The lines from `start` to `end`, with the comments behind them that are indented deeper than `start`. */
export function removeLines(edits: Edits, start: number, end: number): void {
  const { text } = edits;
  if (!isFirstOnLine(text, start)) throw new UnspliceableError("something else stands before it on its line");
  const last = endOfLine(text, behindComments(text, end, columnOf(text, start)));
  // With the line break before it and not the one behind it, so that other lines can be inserted where it ends.
  if (lineStart(text, start) > 0) splice(edits, withoutLineBreak(text, lineStart(text, start)), last, "");
  else splice(edits, 0, nextLine(text, last), "");
}

/** The end of the line on which `end` lies, before its line break; a block scalar ends behind its last line break. */
function endOfLine(text: string, end: number): number {
  return text[end - 1] === "\n" ? withoutLineBreak(text, end) : lineEnd(text, end);
}

/** Where the comment lines end that follow the line of `end` and are indented deeper than `column`: they belong to what ends there. */
export function behindComments(text: string, end: number, column: number): number {
  let last = end;
  for (;;) {
    const start = text[last - 1] === "\n" ? last : nextLine(text, last);
    const line = text.slice(start, lineEnd(text, start));
    const indent = /^( *)#/.exec(line)?.[1]?.length ?? -1;
    if (indent <= column) return last;
    last = start + line.length;
  }
}

/** Inserts whole lines behind the line on which `end` lies. */
export function insertLines(edits: Edits, end: number, lines: readonly string[], depth: number): void {
  const { text, lineBreak } = edits;
  insert(edits, endOfLine(text, end), lines.map((line) => lineBreak + line).join(""), depth);
}

export function insert(edits: Edits, at: number, text: string, depth: number): void {
  splice(edits, at, at, text, depth);
}

export function splice(edits: Edits, from: number, to: number, insert: string, depth = 0): void {
  edits.splices.push({ from, to, insert, depth });
}
