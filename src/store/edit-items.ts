import type { ParsedNode } from "yaml";
import {
  behindComments,
  columnOf,
  type Edits,
  insert,
  insertLines,
  isFirstOnLine,
  removeLines,
  splice,
} from "./edits.ts";
import { emitBlock, emitFlow } from "./emit.ts";
import { contentEnd, dashes, isEmptyValue, type ParsedSeq } from "./layout.ts";
import { lineEnd, lineStart, nextLine } from "./splice.ts";

/** Puts `values` behind the item at `last`. */
export function appendItems(edits: Edits, seq: ParsedSeq, last: number, values: readonly unknown[]): void {
  if (values.length === 0) return;
  const item = seq.items[last] as ParsedNode;
  if (seq.flow) {
    insert(edits, contentEnd(item), values.map((value) => `, ${emitFlow(value)}`).join(""), 0);
    return;
  }
  const dash = dashes(seq)[last] as number;
  const column = columnOf(edits.text, dash);
  const end = isEmptyValue(item) ? dash + 1 : contentEnd(item);
  const isSpaced = /\n[ \t]*\r?\n$/.test(edits.text.slice(0, lineStart(edits.text, dash)));
  const lines = values.flatMap((value) => [...(isSpaced ? [""] : []), ...emitBlock([value], column)]);
  // A list may stand in the column of its key: its items come before the keys that are inserted there.
  insertLines(edits, behindComments(edits.text, end, column), lines, column + 0.5);
}

export function removeItems(edits: Edits, seq: ParsedSeq, indices: readonly number[]): void {
  const items = seq.items as ParsedNode[];
  const starts = seq.flow ? [] : dashes(seq);
  for (const index of indices) {
    const item = items[index] as ParsedNode;
    const dash = starts[index] as number;
    if (seq.flow) removeFlowItem(edits, items, index, (each) => [each.range[0], contentEnd(each)]);
    else removeLines(edits, dash, isEmptyValue(item) ? dash + 1 : contentEnd(item));
  }
}

/** Takes one of the items of a flow collection out, with the comma that belongs to it. */
export function removeFlowItem<T>(
  edits: Edits,
  items: readonly T[],
  index: number,
  rangeOf: (item: T) => readonly [number, number],
): void {
  const { text } = edits;
  const [from, to] = rangeOf(items[index] as T);
  const [before, after] = [items[index - 1], items[index + 1]];
  const hasOwnLines = isFirstOnLine(text, from) && /^[ \t]*,?[ \t]*(#.*)?$/.test(text.slice(to, lineEnd(text, to)));
  // A comma that is left behind the last item is allowed.
  if (hasOwnLines) splice(edits, lineStart(text, from), nextLine(text, to), "");
  else if (before !== undefined) splice(edits, rangeOf(before)[1], to, "");
  else splice(edits, from, after === undefined ? to : rangeOf(after)[0], "");
}
