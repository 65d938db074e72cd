import { ownValue, sameValue } from "../tree/diff-trees.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { meanOf } from "../tree/mean.ts";
import { statuses } from "../tree/status.ts";
import { isMapping } from "./emit.ts";
import { quote } from "./scalar.ts";

/** Of a value it is not plain to see that a reader would take it, as it is. */
export class UncertainError extends Error {}

/** Returns the value with its keys as a reader has them. Throws UncertainError. */
type Check = (value: unknown) => unknown;

const oneOf =
  (isIt: (value: unknown) => boolean): Check =>
  (value) => {
    if (!isIt(value)) throw new UncertainError();
    return value;
  };
const isText = (value: unknown) => typeof value === "string" && quote(value) === `"${value}"`;
const text = oneOf(isText);
const someText = oneOf((value) => value !== "" && isText(value));
const number = oneOf((value) => typeof value === "number" && Number.isFinite(value));
const flag = oneOf((value) => typeof value === "boolean");
const status = oneOf((value) => statuses.some((each) => each === value));
const direction = oneOf((value) => value === "maximize" || value === "minimize");
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? null : check(value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

/** More are left to the parser, which does not take any number of them. */
const mostItems = 10_000;
const texts = oneOf((value) => Array.isArray(value) && value.length <= mostItems && value.every(isText));

/** Keys as people name metrics; a long one is no key to a YAML reader. */
const metricName = /^(?!__proto__$)[A-Za-z0-9_./@ -]{1,100}$/;

const metrics: Check = (value) => {
  if (!isPlain(value) || Object.keys(value).length > mostItems) throw new UncertainError();
  for (const [key, each] of Object.entries(value)) {
    if (!metricName.test(key)) throw new UncertainError();
    number(each);
  }
  return value;
};

/** A mapping of these keys and no others. */
function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (!isPlain(value) || !Object.keys(value).every((key) => Object.hasOwn(checks, key))) throw new UncertainError();
    return Object.fromEntries(Object.entries(checks).map(([key, check]) => [key, check(ownValue(value, key))]));
  };
}

function isPlain(value: unknown): value is object {
  return isMapping(value) && Object.getPrototypeOf(value) === Object.prototype;
}

const single = fields({
  ...{ primary_metric: someText, primary_value: number, direction, samples: orAbsent(listOf(number)) },
  metrics: orAbsent(metrics),
});

/** A reader takes the mean of samples for the value, whatever stands there. */
const results: Check = (value) => {
  const read = single(value) as { readonly primary_value: number; readonly samples?: readonly number[] };
  if (read.samples && meanOf(read.samples) !== read.primary_value) throw new UncertainError();
  return read;
};

/** A list that is not empty. */
function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > mostItems) throw new UncertainError();
    return value.map(check);
  };
}

const wholeNumber = oneOf((value) => Number.isSafeInteger(value));
const attempt = fields({
  ...{ id: orAbsent(wholeNumber), where: orAbsent(text), started_at: orAbsent(text), ended_at: orAbsent(text) },
  ...{
    process: orAbsent(text),
    outcome: orAbsent(text),
    seconds: orAbsent(number),
    limit: orAbsent(number),
    exit: orAbsent(wholeNumber),
  },
  ...{ signal: orAbsent(text), commit: orAbsent(text), clean: orAbsent(flag), setup: orAbsent(text) },
  ...{ seed: orAbsent(wholeNumber), value: orAbsent(number), peak_mib: orAbsent(number) },
  ...{ host: orAbsent(text), log: orAbsent(text) },
});

/** By key, in the order in which a reader has them: what `nodeSchema` takes as it is, and no more than our commands write. */
const checks: Readonly<Record<string, Check>> = {
  node_id: someText,
  parent_id: orNull(someText),
  description: text,
  command: text,
  working_dir: someText,
  worktree: orNull(fields({ path: text, branch: text, commit: orNull(someText), from: orAbsent(text) })),
  status,
  results: orNull(results),
  children: texts,
  reason: orAbsent(text),
  tags: orAbsent(texts),
  notes: orAbsent(texts),
  created_at: orAbsent(text),
  updated_at: orAbsent(text),
  recorded: orAbsent(
    fields({ commit: orAbsent(text), clean: orAbsent(flag), run: orAbsent(text), command: orAbsent(text) }),
  ),
  attempts: orAbsent(listOf(attempt)),
  before_prune: orAbsent(fields({ status, reason: orAbsent(text) })),
};

/** A new node as a reader would have it. Throws UncertainError. */
export function certainNode(node: IterationNode): IterationNode {
  return fields(checks)(node) as IterationNode;
}

/** `node` with these values, its keys as a reader would have them. */
export function withChanges(node: IterationNode, changes: ReadonlyMap<string, unknown>): IterationNode {
  const keys = [
    ...Object.keys(checks).filter((key) => changes.has(key) || Object.hasOwn(node, key)),
    ...Object.keys(node),
  ];
  const value = (key: string) => (changes.has(key) ? changes.get(key) : ownValue(node, key));
  return Object.fromEntries([...new Set(keys)].map((key) => [key, value(key)])) as IterationNode;
}

/** The values of `node` that are others in `wanted`, as a reader would have them, by key. Throws UncertainError. */
export function certainChanges(node: IterationNode, wanted: IterationNode): ReadonlyMap<string, unknown> {
  const changes = new Map<string, unknown>();
  for (const key of new Set([...Object.keys(node), ...Object.keys(wanted)])) {
    const value = ownValue(wanted, key);
    if (sameValue(ownValue(node, key), value)) continue;
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (!check) throw new UncertainError();
    changes.set(key, check(value));
  }
  return changes;
}
