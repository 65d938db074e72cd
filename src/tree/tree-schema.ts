import * as z from "zod/mini";
import { objectiveSchema, resultsSchema } from "./results-schema.ts";
import { statuses } from "./status.ts";

export const statusSchema = z.enum(statuses);

const text = z.string();
const optionalText = whenAbsent(text, undefined);
const orEmpty = whenAbsent(text, "");
const texts = z.pipe(
  z.nullish(z.union([z.array(text), text])),
  z.transform((value) => (value == null ? undefined : typeof value === "string" ? [value] : value)),
);

/** null and absence read as `fallback`. */
function whenAbsent<T extends z.ZodMiniType, F>(schema: T, fallback: F) {
  return z.pipe(
    z.nullish(schema),
    z.transform((value) => (value ?? fallback) as NonNullable<z.output<T>> | F),
  );
}

/** null, `{}` and absence read alike, and so does a mapping of nothing but nulls. */
function unlessEmpty<T extends z.ZodMiniType>(schema: T) {
  const isEmpty = (value: unknown) =>
    typeof value === "object" && !Array.isArray(value) && Object.values(value ?? {}).every((each) => each === null);
  const filled = z.pipe(
    z.transform((value) => (isEmpty(value) ? null : value)),
    whenAbsent(schema, null),
  );
  return z.pipe(
    z.optional(filled),
    z.transform((value) => value ?? null),
  );
}

const worktreeSchema = z.looseObject({
  path: text.check(z.describe("relative to the repository's main worktree")),
  branch: text,
  commit: z
    .pipe(
      z.nullish(text),
      z.transform((value) => value || null),
    )
    .check(z.describe("full id of the commit that sync recorded")),
  from: z
    .optional(optionalText)
    .check(z.describe("full id of the commit that the branch began at, where `add --from` named one")),
});

const recordedSchema = z.looseObject({
  commit: described(optionalText, "HEAD of the worktree when the results were recorded"),
  clean: z.nullish(z.boolean()).check(z.describe("whether tracked files were unmodified then")),
  run: maybe("what was run, command and evaluator, as its checksum; absent for what was entered by hand"),
  command: maybe("the command that measured them, where the node has another one by now"),
});

const attemptSchema = z.looseObject({
  id: z.nullish(z.int()).check(z.describe("counted from 1 within the node")),
  where: maybe("where it ran: local, manual"),
  started_at: described(optionalText, "ISO 8601, UTC"),
  ended_at: described(optionalText, "ISO 8601, UTC; absent while it runs"),
  process: described(optionalText, "who runs it: pid~start~host"),
  outcome: maybe("completed, failed, timeout, cancelled or interrupted"),
  seconds: z.nullish(z.number()),
  limit: z.nullish(z.number()).check(z.describe("seconds that it may take")),
  exit: z.nullish(z.int()).check(z.describe("exit code of the command; absent when a signal ended it")),
  signal: maybe("the signal that ended it"),
  commit: maybe("full id of the commit that ran"),
  clean: z.nullish(z.boolean()).check(z.describe("whether tracked files were unmodified, so that it can be repeated")),
  setup: maybe("checksum of command and evaluator: only runs of the same join into samples"),
  seed: z.nullish(z.int()).check(z.describe("what --seed-env gave")),
  value: z.nullish(z.number()).check(z.describe("of the primary metric")),
  peak_mib: z.nullish(z.number()).check(z.describe("the most memory that was seen, MiB")),
  host: maybe("name of the machine"),
  log: maybe("path of the log, relative to the state folder"),
});

/** What experiments may take. */
const budgetSchema = z.looseObject({
  run: described(optionalText, "longest time of one run: 90s, 10m, 1h30m"),
  total: described(optionalText, "longest time of all runs together"),
  nodes: z.nullish(z.int()).check(z.describe("most nodes that may run")),
});

/** How what an experiment says is read. */
const metricsSchema = z.looseObject({
  results_file: described(optionalText, "what the experiment writes, relative to its working_dir: JSON or YAML"),
  patterns: z
    .nullish(z.record(text, text))
    .check(z.describe("by metric, a regular expression for a line of the log; its first group is the value")),
});

const beforePruneSchema = z.looseObject({ status: statusSchema, reason: optionalText });

/** The nine keys of the reference in its order, then the optional ones. */
export const nodeSchema = z.looseObject({
  node_id: text.check(z.minLength(1, "expected a node id")),
  parent_id: whenAbsent(text, null),
  description: orEmpty,
  command: orEmpty,
  working_dir: z.pipe(
    z.nullish(text),
    z.transform((value) => value || "."),
  ),
  worktree: unlessEmpty(worktreeSchema),
  status: whenAbsent(statusSchema, "pending" as const),
  results: unlessEmpty(resultsSchema),
  children: z.pipe(
    z.nullish(z.array(text)),
    z.transform((value) => value ?? []),
  ),
  reason: described(optionalText, "why it is pruned or failed"),
  tags: texts,
  notes: texts,
  created_at: described(optionalText, "ISO 8601, UTC"),
  updated_at: described(optionalText, "ISO 8601, UTC"),
  recorded: whenAbsent(recordedSchema, undefined),
  attempts: whenAbsent(z.array(attemptSchema), undefined),
  before_prune: whenAbsent(beforePruneSchema, undefined),
});

export const iterationTreeSchema = z.looseObject({
  version: z.nullish(z.union([z.number(), text])),
  objective: whenAbsent(objectiveSchema, undefined),
  protected: texts,
  metrics: whenAbsent(metricsSchema, undefined),
  budget: whenAbsent(budgetSchema, undefined),
  nodes: z.array(nodeSchema),
});

/** A text that most have not. */
function maybe(description: string) {
  return z.optional(optionalText).check(z.describe(description));
}

function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.describe(description));
}

/** The JSON Schema (draft 2020-12) of the tree file, for editors: both forms of `nodes`. */
export function iterationTreeJsonSchema(): Record<string, unknown> {
  const inputOf = (schema: z.ZodMiniType) =>
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Record<string, unknown>;
  const tree = inputOf(iterationTreeSchema);
  const { $schema: _, properties: fields, ...rest } = inputOf(nodeSchema);
  const { results, worktree, ...others } = fields as Record<string, unknown>;
  const node = {
    ...rest,
    properties: { ...others, results: orEmptyMapping(results), worktree: orEmptyMapping(worktree) },
  };
  const forms = [
    { type: "array", items: node },
    { type: "object", additionalProperties: { ...node, required: [] } },
    { type: "null" },
  ];
  const properties = { ...(tree["properties"] as object), nodes: { anyOf: forms } };
  return { ...tree, title: "ITERATION_TREE.yaml of tree-autoresearch", properties, required: ["nodes"] };
}

/** `{}` reads like null. */
function orEmptyMapping(schema: unknown): unknown {
  return { anyOf: [schema, { type: "object", maxProperties: 0 }] };
}
