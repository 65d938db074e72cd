import * as z from "zod";
import { findingCodes } from "./finding.ts";
import { directionSchema, resultsSchema } from "./results-schema.ts";
import { nodeSchema, statusSchema } from "./tree-schema.ts";

/** The shapes that `--json` answers with, one a command. */
const nodeId = z.string();
const commit = z.string().nullable().describe("full id");
const number = z.number().nullable();
const objective = z.object({ metric: z.string(), direction: directionSchema });

const nodeAnswer = nodeSchema.check(
  z.describe("get, add, update, sync, prune, cancel, collect: the node as the tree file holds it"),
);

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
  status: statusSchema.check(z.describe("pruned also under a pruned node")),
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

const version = z.object({
  version: z.int(),
  time: z.string().describe("ISO 8601, UTC"),
  command: z.string().nullable().describe("null: saved by hand or by another program"),
  node: nodeId.nullable(),
});

const historyAnswer = z
  .object({ versions: z.array(version), edited_by_hand: z.boolean().describe("since the newest version") })
  .describe("history: newest first");

const versionAnswer = z.object({ version: z.int(), text: z.string() }).describe("history --show");

const undoAnswer = z.object({
  restored: z.int().describe("the version that the tree file is again"),
  undone: z.array(version).describe("newest first"),
  edited_by_hand: z.boolean().describe("whether changes by hand were taken back that were no version yet"),
  not_undone: z.array(
    z.object({
      node_id: nodeId,
      what: z.enum(["worktree", "branch"]),
      name: z.string(),
      state: z.enum(["gone", "stays"]),
    }),
  ),
});

const doctorAnswer = z.object({
  nodes: z.int(),
  findings: z.array(
    z.object({
      code: z.enum(findingCodes),
      node_id: nodeId.nullable(),
      message: z.string(),
      fix: z.string().nullable().describe("what --fix does; null when only a person can decide"),
      fixed: z.boolean(),
      error: z.string().optional().describe("why the fix failed"),
    }),
  ),
  notes: z.array(z.object({ node_id: nodeId.nullable(), message: z.string() })),
});

const unlockAnswer = z.object({ unlocked: z.string(), holder: z.string() }).describe("doctor --unlock");

const origins = z.array(z.object({ metric: z.string(), source: z.string() })).describe("where each objective was said");

const awaitedAnswer = z.object({
  node_id: nodeId,
  attempt: z.int().nullable(),
  since: z.string().nullable().describe("ISO 8601, UTC"),
  directory: z.string().nullable().describe("absolute"),
  command: z.string(),
  commit,
  metrics: z.array(z.string()),
  reason: z.string().nullable(),
});

const runAnswer = z
  .array(
    z.object({
      node_id: nodeId,
      status: z.union([statusSchema, z.null()]),
      results: z.union([resultsSchema, z.null()]),
      reason: z.string().nullable(),
      attempts: z
        .array(
          z.looseObject({
            origins,
            log_tail: z.array(z.string()).optional().describe("the last lines, of one that failed"),
          }),
        )
        .describe("those of this call, as the tree file holds them"),
      awaited: awaitedAnswer.optional().describe("with --on manual: what a person is to do"),
      error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
    }),
  )
  .describe("run: one mapping a node");

const extractAnswer = z.object({ results: resultsSchema, origins }).describe("run --extract");

const collectAnswer = z.array(awaitedAnswer).describe("collect without --id: longest first");

const logsAnswer = z.object({
  node_id: nodeId,
  attempt: z.int(),
  path: z.string().describe("absolute"),
  lines: z.array(z.string()),
  running: z.boolean(),
});

const reproduceAnswer = z.object({
  node_id: nodeId,
  commit: z.string().describe("full id"),
  command: z.string(),
  reproduced: z.boolean(),
  objectives: z
    .array(
      z.object({
        metric: z.string(),
        recorded: z.number(),
        measured: number,
        difference: number,
        allowed: z.number().describe("how far apart the values may be"),
        reproduced: z.boolean(),
      }),
    )
    .describe("none when a run failed"),
  failure: z.object({ reason: z.string(), tail: z.array(z.string()) }).optional(),
});

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
  history: historyAnswer,
  version: versionAnswer,
  undo: undoAnswer,
  doctor: doctorAnswer,
  unlock: unlockAnswer,
  run: runAnswer,
  extract: extractAnswer,
  awaited: collectAnswer,
  logs: logsAnswer,
  reproduce: reproduceAnswer,
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
