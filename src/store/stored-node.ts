import type { IterationNode } from "../tree/iteration-tree.ts";
import { type Status, statuses } from "../tree/status.ts";
import { unicodeEscape } from "../unsafe-characters.ts";
import type { Lines } from "./lines.ts";

/** What is kept of the nodes of a tree. */
export interface Columns {
  readonly ids: readonly string[];
  /** The place of each one's parent; `root` for a node that has none. */
  readonly parents: readonly number[];
  /** A letter for each. */
  readonly statuses: string;
  /** What is read when it is asked for, as `lineOf` has it. */
  readonly lines: Lines;
}

/** In the place of a parent. */
export const root = -2;
const firstLetter = "a".charCodeAt(0);

export function statusLetter(status: Status): string {
  return String.fromCharCode(firstLetter + statuses.indexOf(status));
}

/** The fields that are wanted of many nodes at once, in the order of a line, each with what stands in its place in the node's own JSON. */
const apart = { results: null, description: "" };
const keysApart = Object.keys(apart);
const [results, description] = [keysApart.indexOf("results"), keysApart.indexOf("description")];

/** Asked of a node, gives its handler. */
const ownHandler = Symbol("handler");
/** Of all of them: what a node has, its handler knows. */
const target = {};

/** A node of which no more is read than what is asked for. */
export function storedNode(columns: Columns, i: number): IterationNode {
  return new Proxy(target, new StoredNode(columns, i)) as IterationNode;
}

export interface Place {
  readonly columns: Columns;
  readonly i: number;
}

/** Where a node comes from, if it is a stored one. */
export function placeOf(node: IterationNode): Place | undefined {
  return (node as { [ownHandler]?: StoredNode })[ownHandler];
}

/** A node's line: the fields that are kept apart, then all others together. Undefined when JSON would not give back the same, as for infinity. */
export function lineOf(node: IterationNode): string | undefined {
  if (!isJson(node) || keysApart.some((key) => node[key] === undefined)) return undefined;
  const fields = [...keysApart.map((key) => node[key]), { ...node, ...apart }];
  return `${fields.map((value) => JSON.stringify(value).replace(/[^ -~]/g, unicodeEscape)).join("\t")}\n`;
}

/** Whether JSON holds the value as it is; what is undefined is absent. */
export function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value === "object" && value !== null) return Object.values(value).every(isJson);
  return typeof value !== "bigint";
}

class StoredNode implements ProxyHandler<object> {
  readonly columns: Columns;
  readonly i: number;
  private node: object | undefined;

  constructor(columns: Columns, i: number) {
    this.columns = columns;
    this.i = i;
  }

  get(_: object, key: string | symbol): unknown {
    if (key === ownHandler) return this;
    if (key === "node_id") return this.columns.ids[this.i];
    if (key === "parent_id") return this.columns.ids[this.columns.parents[this.i] as number] ?? null;
    if (key === "status") return statuses[this.columns.statuses.charCodeAt(this.i) - firstLetter];
    if (key === "results") return this.value(results);
    if (key === "description") return this.value(description);
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

  private value(field: number): unknown {
    return this.columns.lines.value(this.i, field);
  }

  private whole(): object {
    if (this.node === undefined) {
      const node = this.value(keysApart.length) as Record<string, unknown>;
      keysApart.forEach((key, field) => {
        node[key] = this.value(field);
      });
      this.node = node;
    }
    return this.node;
  }
}
