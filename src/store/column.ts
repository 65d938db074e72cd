/** So many values are read each alone, before all are at once. */
const few = 200;

/** A value of every node, as JSON that is not read before it is asked for. */
export class Column {
  /** Each value's JSON, in ASCII, with a comma behind it. */
  readonly bytes: Buffer;
  /** Bytes of each. */
  readonly lengths: readonly number[];
  private offsets: readonly number[] | undefined;
  private readonly found = new Map<number, unknown>();
  private all: readonly unknown[] | undefined;

  constructor(bytes: Buffer, lengths: readonly number[]) {
    this.bytes = bytes;
    this.lengths = lengths;
  }

  value(i: number): unknown {
    if (this.all) return this.all[i];
    if (this.found.has(i)) return this.found.get(i);
    if (this.found.size < few) {
      const offset = this.offset(i);
      const value: unknown = JSON.parse(
        this.bytes.toString("latin1", offset, offset + (this.lengths[i] as number) - 1),
      );
      this.found.set(i, value);
      return value;
    }
    const all = JSON.parse(`[${this.bytes.toString("latin1", 0, this.bytes.length - 1)}]`) as unknown[];
    // What has been given away stays what it is.
    for (const [k, value] of this.found) all[k] = value;
    this.all = all;
    return all[i];
  }

  /** The JSON of the values from `from` up to, but not including, `to`. */
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(this.offset(from), this.offset(to));
  }

  private offset(i: number): number {
    this.offsets ??= offsetsFrom(0, this.lengths);
    return this.offsets[i] as number;
  }
}

/** Where pieces of these lengths begin that stand behind each other from `start` on, and where the last one ends. */
export function offsetsFrom(start: number, lengths: readonly number[]): readonly number[] {
  const offsets = [start];
  let at = start;
  for (const length of lengths) {
    at += length;
    offsets.push(at);
  }
  return offsets;
}
