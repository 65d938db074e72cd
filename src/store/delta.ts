import { inOrder, type Splice } from "./splice.ts";

/** How one text became another: ranges in order, each with its offset in the bytes of the old text, what went and what came. */
export type Delta = readonly (readonly [at: number, removed: string, inserted: string])[];

/** The later text of the earlier one. Throws when the delta is not about this text. */
export function applyDelta(text: Uint8Array, delta: Delta): Uint8Array {
  let done = 0;
  const pieces: Uint8Array[] = [];
  for (const [at, removed, inserted] of delta) {
    const gone = Buffer.from(removed);
    if (at < done || Buffer.compare(text.subarray(at, at + gone.length), gone) !== 0)
      throw new Error(`the delta does not fit at offset ${at}`);
    pieces.push(text.subarray(done, at), Buffer.from(inserted));
    done = at + gone.length;
  }
  return Buffer.concat([...pieces, text.subarray(done)]);
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
