/** Replaces `text[from, to)` by `insert`. Of insertions at one place the deeper one (by indentation) comes first, and both before what is removed there. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
  readonly depth: number;
}

/** The layout of the text does not allow this edit by splicing; the document has to be written anew. */
export class UnspliceableError extends Error {}

/** Throws UnspliceableError when two splices overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = "";
  let done = 0;
  for (const { from, to, insert } of inOrder(splices)) {
    if (from < done) throw new UnspliceableError(`edits overlap at offset ${from}`);
    result += text.slice(done, from) + insert;
    done = to;
  }
  return result + text.slice(done);
}

/** As they stand in the text. */
export function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return splices.toSorted((a, b) => a.from - b.from || b.depth - a.depth || a.to - b.to);
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The end of the line that holds `offset`, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const next = text.indexOf("\n", offset);
  if (next < 0) return text.length;
  return text[next - 1] === "\r" && next > offset ? next - 1 : next;
}

/** The start of the line after the one that holds `offset`. */
export function nextLine(text: string, offset: number): number {
  const next = text.indexOf("\n", offset);
  return next < 0 ? text.length : next + 1;
}

/** The line break that the text uses. */
export function lineBreak(text: string): string {
  return /\r\n/.test(text.slice(0, text.indexOf("\n") + 1)) ? "\r\n" : "\n";
}
