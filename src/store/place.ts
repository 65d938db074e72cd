/** A position in a text; line and column count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - before.lastIndexOf("\n") };
}

/** The lines up to and with this one, without their ends. */
export function linesUpTo(text: string, line: number): readonly string[] {
  return text.split("\n", line).map((each) => each.replace(/\r$/, ""));
}
