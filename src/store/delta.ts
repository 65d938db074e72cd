import { sameBytes } from "./same-bytes.ts";
import { inOrder, type Splice } from "./splice.ts";

/** How one text became another: ranges in order, each with its offset in the bytes of the old text, what went and what came. */
export type Delta = readonly (readonly [at: number, removed: string, inserted: string])[];

/** The text that these deltas, one after the other, make of an earlier one. Throws when they are not about this text. */
export function applyDeltas(text: Uint8Array, deltas: readonly Delta[]): Uint8Array {
  // In pieces: a whole text is not copied again for every few bytes that change.
  return Buffer.concat(
    deltas.reduce<readonly Uint8Array[]>((pieces, delta) => inOne(applyDelta(pieces, delta)), [text]),
  );
}

/** Of more, each step would take longer than to bring them together. */
const mostPieces = 4_096;

function inOne(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return pieces.length > mostPieces ? [Buffer.concat(pieces)] : pieces;
}

function applyDelta(text: readonly Uint8Array[], delta: Delta): readonly Uint8Array[] {
  const takeNext = cutter(text);
  const pieces: Uint8Array[] = [];
  let done = 0;
  for (const [at, removed, inserted] of delta) {
    if (at < done) throw unfitting(at);
    for (const piece of takeNext(at - done)) pieces.push(piece);
    const gone = Buffer.from(removed);
    if (!sameBytes(Buffer.concat(takeNext(gone.length)), gone)) throw unfitting(at);
    if (inserted !== "") pieces.push(Buffer.from(inserted));
    done = at + gone.length;
  }
  return pieces.concat(takeNext(Infinity));
}

function unfitting(at: number): Error {
  return new Error(`the delta does not fit at offset ${at}`);
}

/** Gives the next so many bytes at every call, as far as there are any. */
function cutter(pieces: readonly Uint8Array[]): (length: number) => Uint8Array[] {
  let [next, within] = [0, 0];
  return (length) => {
    const taken: Uint8Array[] = [];
    for (let left = length; left > 0 && next < pieces.length; ) {
      const piece = (pieces[next] as Uint8Array).subarray(within, within + left);
      taken.push(piece);
      left -= piece.length;
      within += piece.length;
      if (within === pieces[next]?.length) [next, within] = [next + 1, 0];
    }
    return taken;
  };
}

/** The delta that leads back. */
export function invertDelta(delta: Delta): Delta {
  let shift = 0;
  return delta.map(([at, removed, inserted]) => {
    const inverse = [at + shift, inserted, removed] as const;
    shift += Buffer.byteLength(inserted) - Buffer.byteLength(removed);
    return inverse;
  });
}

/** What the splices of an edit do, as applySplices applies them. */
export function deltaOfSplices(text: string, splices: readonly Splice[]): Delta {
  let [at, done] = [0, 0];
  return inOrder(splices).map(({ from, to, insert }) => {
    at += Buffer.byteLength(text.slice(done, from));
    done = from;
    return [at, text.slice(from, to), insert];
  });
}

/**
 * How `before` became `after`, by whole lines. Lines that stand once in both texts are taken for the same as far as
 * their order allows (patience sorting, as in Bram Cohen's patience diff); what differs between two of them is one range.
 */
export function deltaOf(before: string, after: string): Delta {
  const { start, end } = findChange(before, after);
  const [old, now] = [
    linesOf(before.slice(start, before.length - end)),
    linesOf(after.slice(start, after.length - end)),
  ];
  const delta: (readonly [number, string, string])[] = [];
  let at = Buffer.byteLength(before.slice(0, start));
  let [i, j] = [0, 0];
  for (const [nextOld, nextNow] of [...anchorsOf(old, now), [old.length, now.length] as const]) {
    const [removed, inserted] = [old.slice(i, nextOld).join(""), now.slice(j, nextNow).join("")];
    if (removed !== inserted) delta.push([at, removed, inserted]);
    at += Buffer.byteLength(removed) + Buffer.byteLength(old[nextOld] ?? "");
    [i, j] = [nextOld + 1, nextNow + 1];
  }
  return delta;
}

/** The same of the bytes of texts: only where they differ do they become text. */
export function deltaOfBytes(before: Uint8Array, after: Uint8Array): Delta {
  const most = Math.min(before.length, after.length);
  const same = countSame(most, (from, to) => sameBytes(before.subarray(from, to), after.subarray(from, to)));
  const start = same === 0 ? 0 : before.lastIndexOf(newline, same - 1) + 1;
  const [end, endOfAfter] = [before.length, after.length];
  const behind = countSame(most - start, (from, to) =>
    sameBytes(before.subarray(end - to, end - from), after.subarray(endOfAfter - to, endOfAfter - from)),
  );
  const first = behind === 0 ? 0 : before.indexOf(newline, end - behind) + 1;
  const rest = first === 0 ? 0 : end - first;
  const text = (bytes: Uint8Array) => Buffer.from(bytes.subarray(start, bytes.length - rest)).toString();
  return deltaOf(text(before), text(after)).map(([at, removed, inserted]) => [start + at, removed, inserted]);
}

const newline = 10;
const block = 4096;

/** How many are the same of the first `most`, looked at in blocks and then in the block that differs. */
function countSame(most: number, isSame: (from: number, to: number) => boolean): number {
  let count = 0;
  while (count < most && isSame(count, Math.min(count + block, most))) count = Math.min(count + block, most);
  while (count < most && isSame(count, count + 1)) count++;
  return count;
}

/** How long the whole lines are that both texts begin and end with. */
function findChange(before: string, after: string): { readonly start: number; readonly end: number } {
  const most = Math.min(before.length, after.length);
  const same = countWhile((k) => k < most && before.charCodeAt(k) === after.charCodeAt(k));
  const start = same === 0 ? 0 : before.lastIndexOf("\n", same - 1) + 1;
  const [last, lastOfAfter] = [before.length - 1, after.length - 1];
  const rest = most - start;
  const behind = countWhile((k) => k < rest && before.charCodeAt(last - k) === after.charCodeAt(lastOfAfter - k));
  // From the beginning of a line on, which is one in both of them.
  const first = behind === 0 ? 0 : before.indexOf("\n", before.length - behind) + 1;
  return { start, end: first === 0 ? 0 : before.length - first };
}

/** With their line breaks, so that together they are the text. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function countWhile(holds: (k: number) => boolean): number {
  let k = 0;
  while (holds(k)) k++;
  return k;
}

/** Pairs of indices of equal lines, both rising. */
function anchorsOf(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const [onceOld, onceNow] = [indexOnce(old), indexOnce(now)];
  const pairs = [...onceOld].flatMap(([line, i]) => {
    const j = onceNow.get(line);
    return j === undefined ? [] : [[i, j] as const];
  });
  return longestRising(pairs);
}

/** The lines that stand once, by where; in order. */
function indexOnce(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [i, line] of lines.entries()) {
    if (found.has(line)) repeated.add(line);
    found.set(line, i);
  }
  for (const line of repeated) found.delete(line);
  return found;
}

/** The longest selection in which the second numbers rise, too: patience sorting with links back. */
function longestRising(pairs: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const tops: number[] = [];
  const before: number[] = [];
  for (const [k, [, j]] of pairs.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((pairs[tops[middle] as number]?.[1] as number) < j) low = middle + 1;
      else high = middle;
    }
    before[k] = low > 0 ? (tops[low - 1] as number) : -1;
    tops[low] = k;
  }
  const chosen: (readonly [number, number])[] = [];
  for (let k = tops.at(-1) ?? -1; k >= 0; k = before[k] as number) chosen.push(pairs[k] as readonly [number, number]);
  return chosen.reverse();
}
