/** So many values of a field are read each alone, before all are at once. */
const few = 200;

/** A line for every node: its fields' JSON in ASCII, with a tab behind each but the last. None is read before it is asked for. */
export class Lines {
  readonly bytes: Buffer;
  /** Bytes of each line. */
  readonly lengths: readonly number[];
  private offsets: readonly number[] | undefined;
  private text: string | undefined;
  private readonly fields: Field[] = [];

  constructor(bytes: Buffer, lengths: readonly number[]) {
    this.bytes = bytes;
    this.lengths = lengths;
  }

  /** What the `k`th field of line `i` means. */
  value(i: number, k: number): unknown {
    this.fields[k] ??= { found: new Map() };
    const field = this.fields[k];
    if (field.all) return field.all[i];
    if (field.found.has(i)) return field.found.get(i);
    if (field.found.size === few) {
      field.all = this.all(k);
      // What has been given away stays what it is.
      for (const [known, value] of field.found) field.all[known] = value;
      return field.all[i];
    }
    const value = parseField(fieldOf(this.bytes.toString("latin1", this.offset(i), this.offset(i + 1)), 0, k));
    field.found.set(i, value);
    return value;
  }

  /** The lines from `from` up to, but not including, `to`. */
  slice(from: number, to: number): Uint8Array {
    return this.bytes.subarray(this.offset(from), this.offset(to));
  }

  private all(k: number): unknown[] {
    const text = this.text ?? this.bytes.toString("latin1");
    this.text = text;
    return this.lengths.map((_, i) => parseField(fieldOf(text, this.offset(i), k)));
  }

  private offset(i: number): number {
    this.offsets ??= offsetsFrom(0, this.lengths);
    return this.offsets[i] as number;
  }
}

interface Field {
  readonly found: Map<number, unknown>;
  all?: unknown[];
}

/** The JSON of the `k`th field of the line that begins at `start`. */
function fieldOf(text: string, start: number, k: number): string {
  let from = start;
  for (let left = k; left > 0; left--) from = text.indexOf("\t", from) + 1;
  const [tab, end] = [text.indexOf("\t", from), text.indexOf("\n", from)];
  return text.slice(from, tab < 0 || tab > end ? end : tab);
}

/** Most are texts in which nothing is escaped. */
function parseField(json: string): unknown {
  return json.startsWith('"') && !json.includes("\\") ? json.slice(1, -1) : (JSON.parse(json) as unknown);
}

/** Where pieces of these lengths begin that stand behind each other from `start` on, and where the last one ends. */
export function offsetsFrom(start: number, lengths: readonly number[]): readonly number[] {
  const offsets = new Array<number>(lengths.length + 1);
  let at = start;
  for (let i = 0; i < lengths.length; i++) {
    offsets[i] = at;
    at += lengths[i] as number;
  }
  offsets[lengths.length] = at;
  return offsets;
}
