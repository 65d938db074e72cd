import type { IterationNode } from "../tree/iteration-tree.ts";
import type { Objective } from "../tree/results.ts";
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
  /** What is measured where the results are a value of one objective and nothing else; a letter for each node names one, or says `none` or `inLine`. */
  readonly objectives: readonly Objective[];
  readonly measured: string;
  /** The value of each one's objective; 0 where there is none. */
  readonly values: readonly number[];
  /** What is read when it is asked for, as `lineOf` has it. */
  readonly lines: Lines;
}

/** In the place of a parent. */
export const root = -2;
const firstLetter = "a".charCodeAt(0);

export function statusLetter(status: Status): string {
  return String.fromCharCode(firstLetter + statuses.indexOf(status));
}

/** In the place of an objective: no results, or such as only the line has. */
const none = "-";
const inLine = "+";
/** As many as there are small letters; what is measured in trees of more is in the lines. */
const mostObjectives = 26;

/** Of results that are the value of one objective and nothing else. */
const plainKeys = "primary_metric,primary_value,direction";

/** The letter of a node's results and their value. What they measure is put among the `objectives` when it is new. */
export function measuredOf(
  { results }: IterationNode,
  objectives: Objective[],
): { readonly letter: string; readonly value: number } {
  if (results === null) return { letter: none, value: 0 };
  if (results.objectives || Object.keys(results).join() !== plainKeys) return { letter: inLine, value: 0 };
  const { primary_metric: metric, primary_value: value, direction } = results;
  let place = objectives.findIndex((each) => each.metric === metric && each.direction === direction);
  if (place < 0) place = objectives.length;
  if (place === mostObjectives) return { letter: inLine, value: 0 };
  objectives[place] ??= { metric, direction };
  return { letter: String.fromCharCode(firstLetter + place), value };
}

/** The fields that are wanted of many nodes at once, in the order of a line, each with what stands in its place in the node's own JSON. */
const apart = { results: null, description: "" };
const keysApart = ["results", "description"] as const;
const [resultsField, descriptionField, ownField] = [0, 1, 2];

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

/** A node's line: the fields that are kept apart, but for results that `letter` says are in the columns, then all others together. Undefined when JSON would not give back the same, as for infinity. */
export function lineOf(node: IterationNode, letter: string): string | undefined {
  if (!isJson(node) || keysApart.some((key) => node[key] === undefined)) return undefined;
  const { results, description } = node;
  const fields = [letter === inLine ? results : null, description, { ...node, ...apart }];
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
  private results: unknown;

  constructor(columns: Columns, i: number) {
    this.columns = columns;
    this.i = i;
  }

  get(_: object, key: string | symbol): unknown {
    if (key === ownHandler) return this;
    if (key === "node_id") return this.columns.ids[this.i];
    if (key === "parent_id") return this.columns.ids[this.columns.parents[this.i] as number] ?? null;
    if (key === "status") return statuses[this.columns.statuses.charCodeAt(this.i) - firstLetter];
    if (key === "results") return this.readResults();
    if (key === "description") return this.columns.lines.value(this.i, descriptionField);
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

  private readResults(): unknown {
    const { measured, objectives, values, lines } = this.columns;
    const letter = measured[this.i];
    if (letter === none) return null;
    if (letter === inLine) return lines.value(this.i, resultsField);
    if (this.results === undefined) {
      const { metric, direction } = objectives[measured.charCodeAt(this.i) - firstLetter] as Objective;
      this.results = { primary_metric: metric, primary_value: values[this.i], direction };
    }
    return this.results;
  }

  private whole(): object {
    if (this.node === undefined) {
      const node = this.columns.lines.value(this.i, ownField) as Record<string, unknown>;
      for (const key of keysApart) node[key] = this.get(node, key);
      this.node = node;
    }
    return this.node;
  }
}
