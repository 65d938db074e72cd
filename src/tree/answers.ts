import * as z from "zod";
import { nodeSchema, statusSchema } from "./iteration-tree.ts";
import { directionSchema, resultsSchema } from "./results.ts";

/** The shapes that `--json` answers with, one a command. */
const nodeId = z.string();
const commit = z.string().nullable().describe("full id");
const number = z.number().nullable();
const objective = z.object({ metric: z.string(), direction: directionSchema });

const nodeAnswer = nodeSchema.describe("get, add, update, sync, prune: the node as the tree file holds it");

const listAnswer = z
  .array(z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string()), z.null()])))
  .describe("list: one mapping a node, with the keys that --fields names");

const validateAnswer = z.union([
  z.object({ valid: z.literal(true), nodes: z.int() }),
  z.object({ valid: z.literal(true), results: resultsSchema }),
]);

const worktreeAnswer = z
  .object({
    node_id: nodeId,
    path: z.string().describe("absolute"),
    branch: z.string().nullable(),
    commit: commit.describe("what sync recorded, full id"),
    head: commit.describe("where the worktree is now, full id"),
    clean: z.boolean(),
    modified: z.array(z.string()),
    untracked: z.array(z.string()),
    ignored: z.int().describe("how many ignored files"),
    disk_bytes: z.int(),
    run: z.string().describe("the shell command that runs the experiment from where the caller stands"),
  })
  .describe("worktree, worktree --create");

const removalAnswer = z
  .array(
    z.object({
      node_id: nodeId,
      removed: z.boolean(),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  )
  .describe("worktree --remove");

const outlineItem = z.object({
  node_id: nodeId,
  parent_id: nodeId.nullable(),
  depth: z.int().describe("levels below the first one, which is 0"),
  status: statusSchema.describe("pruned also under a pruned node"),
  value: number,
  change: number.describe("against the nearest measured node above"),
  best: z.boolean(),
  on_best_path: z.boolean(),
  description: z.string(),
  reason: z.string().optional(),
  hidden: z.int().optional().describe("nodes below that --depth left out"),
});

const visualizeAnswer = z
  .object({ objective: objective.nullable(), nodes: z.array(outlineItem) })
  .describe("visualize: parents before their children");

const compared = z.object({
  node_id: nodeId,
  status: statusSchema,
  command: z.string(),
  description: z.string(),
  commit,
});

const compareAnswer = z.object({
  a: compared,
  b: compared,
  ancestor: nodeId.nullable(),
  objectives: z.array(
    z.object({
      metric: z.string(),
      direction: z.enum(["maximize", "minimize", "differs"]),
      primary: z.boolean(),
      a: z.number(),
      b: z.number(),
      difference: z.number(),
      percent: number,
      better: z.enum(["a", "b", "equal", "unknown"]),
    }),
  ),
  diff: z.string().nullable().describe("git diff --stat from a to b; null when a commit is missing"),
});

const bestPathAnswer = z.object({
  objective,
  steps: z.array(z.object({ node_id: nodeId, value: number, change: number, description: z.string() })),
});

const paretoAnswer = z
  .object({
    objectives: z.array(objective),
    front: z.array(z.object({ node_id: nodeId, values: z.array(z.number()), description: z.string() })),
  })
  .describe("best-path --pareto; values in the order of the objectives");

const deleteAnswer = z.object({ deleted: z.array(nodeId) });

const planAnswer = z
  .object({
    dry_run: z.literal(true),
    steps: z.array(z.string()),
    differences: z.array(z.looseObject({ kind: z.string() })),
  })
  .describe("every changing command with --dry-run");

const errorAnswer = z
  .object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) })
  .describe("on stderr, one line");

export const answers = {
  node: nodeAnswer,
  list: listAnswer,
  validate: validateAnswer,
  worktree: worktreeAnswer,
  removal: removalAnswer,
  visualize: visualizeAnswer,
  compare: compareAnswer,
  "best-path": bestPathAnswer,
  pareto: paretoAnswer,
  delete: deleteAnswer,
  plan: planAnswer,
  error: errorAnswer,
} as const;

/** What `--json` prints, by the name of its shape. */
export type Answer<Name extends keyof typeof answers> = z.output<(typeof answers)[Name]>;

/** The JSON Schema (draft 2020-12) of all answers, each a property by its name. */
export function answersJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(z.object(answers).partial(), { io: "input", unrepresentable: "any" });
  return { ...schema, title: "What tree-autoresearch --json answers, by the name of the shape" };
}
