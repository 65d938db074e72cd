import type { IterationNode, Status } from "../tree/iteration-tree.ts";
import { unicodeEscape } from "../unsafe-characters.ts";

/** What is wanted of every node at once. */
export interface Columns {
  readonly ids: readonly string[];
  readonly parents: readonly (string | null)[];
  readonly statuses: readonly Status[];
}

/** Asked of a node, gives its handler. */
const ownHandler = Symbol("handler");
const tab = "\t".charCodeAt(0);
/** Of all of them: what a node has, its handler knows. */
const target = {};

/** A node's line within the bytes of several, and what the columns have of it. */
export interface Line {
  readonly id: string;
  readonly parent: string | null;
  readonly status: Status;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** So many are decoded each alone, before all are at once. */
const few = 200;

/** The lines of all nodes. */
export class Lines {
  readonly bytes: Buffer;
  private decoded: string | undefined;
  private asked = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Of few, only those are decoded that are asked for. */
  text(start: number, end: number): string {
    if (this.asked++ < few) return this.bytes.toString("latin1", start, end);
    this.decoded ??= this.bytes.toString("latin1");
    return this.decoded.slice(start, end);
  }
}

/** A node of which no more is read than what is asked for: its columns, its results, or all of it. */
export function storedNode(columns: Columns, i: number, lines: Lines, start: number, end: number): IterationNode {
  return new Proxy(target, new StoredNode(columns, i, lines, start, end)) as IterationNode;
}

/**
 * A node as one line of JSON: its results, a tab, and the node with `null` in their place. All of it is ASCII, so that a
 * place in the bytes is one in the text. Undefined when JSON would not give back the same, as for infinity.
 */
export function lineOf(node: IterationNode): Line | undefined {
  const known = (node as { [ownHandler]?: StoredNode })[ownHandler];
  if (known) return known;
  if (!isJson(node)) return undefined;
  const line = `${JSON.stringify(node.results)}\t${JSON.stringify({ ...node, results: null })}\n`;
  const bytes = Buffer.from(line.replace(/[^\t\n -~]/g, unicodeEscape));
  return { id: node.node_id, parent: node.parent_id, status: node.status, bytes, start: 0, end: bytes.length };
}

/** Whether JSON holds the value as it is; what is undefined is absent. */
export function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value === "object" && value !== null) return Object.values(value).every(isJson);
  return typeof value !== "bigint";
}

class StoredNode implements ProxyHandler<object>, Line {
  private readonly columns: Columns;
  private readonly i: number;
  private readonly lines: Lines;
  readonly start: number;
  readonly end: number;
  private results: unknown;
  private node: object | undefined;

  constructor(columns: Columns, i: number, lines: Lines, start: number, end: number) {
    this.columns = columns;
    this.i = i;
    this.lines = lines;
    this.start = start;
    this.end = end;
  }

  get id(): string {
    return this.columns.ids[this.i] as string;
  }

  get parent(): string | null {
    return this.columns.parents[this.i] as string | null;
  }

  get status(): Status {
    return this.columns.statuses[this.i] as Status;
  }

  get bytes(): Uint8Array {
    return this.lines.bytes;
  }

  get(_: object, key: string | symbol): unknown {
    if (key === "node_id") return this.id;
    if (key === "parent_id") return this.parent;
    if (key === "status") return this.status;
    if (key === "results") return this.ownResults();
    if (key === ownHandler) return this;
    return Reflect.get(this.whole(), key);
  }

  set(): boolean {
    return false;
  }

  defineProperty(): boolean {
    return false;
  }

  has(_: object, key: string | symbol): boolean {
    return Reflect.has(this.whole(), key);
  }

  ownKeys(): ArrayLike<string | symbol> {
    return Reflect.ownKeys(this.whole());
  }

  getOwnPropertyDescriptor(_: object, key: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.whole(), key);
  }

  private ownResults(): unknown {
    if (this.results === undefined) this.results = JSON.parse(this.lines.text(this.start, this.tab()));
    return this.results;
  }

  private whole(): object {
    if (this.node === undefined) {
      const node = JSON.parse(this.lines.text(this.tab() + 1, this.end)) as Record<string, unknown>;
      node["results"] = this.ownResults();
      this.node = node;
    }
    return this.node;
  }

  private tab(): number {
    return this.bytes.indexOf(tab, this.start);
  }
}
