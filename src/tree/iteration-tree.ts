import * as z from "zod";
import { type Objective, objectiveSchema, resultsSchema } from "./results.ts";

export const statuses = ["pending", "running", "waiting", "completed", "failed", "pruned"] as const;
export const statusSchema = z.enum(statuses);
export type Status = z.output<typeof statusSchema>;

const text = z.string();
const optionalText = text.nullish().transform((value) => value ?? undefined);
const orEmpty = text.nullish().transform((value) => value ?? "");
const texts = z
  .union([z.array(text), text])
  .nullish()
  .transform((value) => (value == null ? undefined : typeof value === "string" ? [value] : value));

/** null, `{}` and absence read alike, and so does a mapping of nothing but nulls. */
const absentWhenEmpty = (value: unknown) =>
  typeof value === "object" && !Array.isArray(value) && Object.values(value ?? {}).every((each) => each === null)
    ? null
    : value;

const worktreeSchema = z.looseObject({
  path: text.describe("relative to the repository's main worktree"),
  branch: text,
  commit: text
    .nullish()
    .transform((value) => value || null)
    .describe("full id of the commit that sync recorded"),
  from: optionalText
    .optional()
    .describe("full id of the commit that the branch began at, where `add --from` named one"),
});
export type Worktree = Readonly<z.output<typeof worktreeSchema>>;

const recordedSchema = z.looseObject({
  commit: optionalText.describe("HEAD of the worktree when the results were recorded"),
  clean: z.boolean().nullish().describe("whether tracked files were unmodified then"),
});

const attemptSchema = z.looseObject({
  started_at: optionalText.describe("ISO 8601, UTC"),
  ended_at: optionalText.describe("ISO 8601, UTC; absent while it runs"),
  process: optionalText.describe("who runs it: pid~start~host"),
});

const beforePruneSchema = z.looseObject({ status: statusSchema, reason: optionalText });

/** The nine keys of the reference in its order, then the optional ones. */
export const nodeSchema = z.looseObject({
  node_id: text.min(1, "expected a node id"),
  parent_id: text.nullish().transform((value) => value ?? null),
  description: orEmpty,
  command: orEmpty,
  working_dir: text.nullish().transform((value) => value || "."),
  worktree: z
    .preprocess(
      absentWhenEmpty,
      worktreeSchema.nullish().transform((value) => value ?? null),
    )
    .optional()
    .transform((value) => value ?? null),
  status: statusSchema.nullish().transform((value) => value ?? "pending"),
  results: z
    .preprocess(
      absentWhenEmpty,
      resultsSchema.nullish().transform((value) => value ?? null),
    )
    .optional()
    .transform((value) => value ?? null),
  children: z
    .array(text)
    .nullish()
    .transform((value) => value ?? []),
  reason: optionalText.describe("why it is pruned or failed"),
  tags: texts,
  notes: texts,
  created_at: optionalText.describe("ISO 8601, UTC"),
  updated_at: optionalText.describe("ISO 8601, UTC"),
  recorded: recordedSchema.nullish().transform((value) => value ?? undefined),
  attempts: z
    .array(attemptSchema)
    .nullish()
    .transform((value) => value ?? undefined),
  before_prune: beforePruneSchema.nullish().transform((value) => value ?? undefined),
});
export type IterationNode = Readonly<z.output<typeof nodeSchema>>;

export const iterationTreeSchema = z.looseObject({
  version: z.union([z.number(), text]).nullish(),
  objective: objectiveSchema.nullish().transform((value) => value ?? undefined),
  protected: texts,
  nodes: z.array(nodeSchema),
});

/** The whole file as a value; `nodes` in file order whichever form the file has. */
export interface IterationTree {
  readonly version?: number | string | null | undefined;
  readonly objective?: Objective | undefined;
  readonly protected?: readonly string[] | undefined;
  readonly nodes: readonly IterationNode[];
  readonly [key: string]: unknown;
}

export const emptyTree: IterationTree = { version: 1, nodes: [] };

/** The JSON Schema (draft 2020-12) of the tree file, for editors: both forms of `nodes`. */
export function iterationTreeJsonSchema(): Record<string, unknown> {
  const inputOf = (schema: z.ZodType) =>
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
