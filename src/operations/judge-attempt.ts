import { TreeError } from "../errors.ts";
import { requireInside } from "../git/path-jail.ts";
import { filesOf } from "../runner/exit-record.ts";
import { explainExit } from "../runner/explain-exit.ts";
import type { AttemptState, Job } from "../runner/runner.ts";
import { tailOf } from "../runner/scan-log.ts";
import type { FinishRequest } from "../tree/attempt.ts";
import type { DecidedResults } from "../tree/decide-results.ts";
import { interruptedReason } from "../tree/interrupted-reason.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import type { Objective } from "../tree/results.ts";
import { extractResults } from "./extract-results.ts";
import { isFresh } from "./results-file.ts";

/** What an attempt came to: results, or why there are none. */
export type Verdict = Pick<FinishRequest, "outcome" | "results" | "reason"> & Pick<DecidedResults, "origins">;

const abandoned: Verdict = { outcome: "interrupted", reason: interruptedReason, origins: [] };

/** By how it ended, and what it said. Throws nothing that the experiment is to blame for. */
export async function judgeAttempt(
  tree: IterationTree,
  {
    folder,
    state,
    job,
    objectives,
  }: {
    readonly folder: string;
    readonly state: AttemptState;
    readonly job: Job | undefined;
    /** Instead of the tree's. */
    readonly objectives?: readonly Objective[];
  },
): Promise<Verdict> {
  if (state.is !== "ended" || !job) return abandoned;
  const { log, results } = filesOf(folder);
  const explained = explainExit(state.record, job, tailOf(log, 16_384));
  if (explained.outcome !== "completed") return { ...explained, origins: [] };
  try {
    const named = tree.metrics?.results_file;
    const own =
      named === undefined
        ? []
        : [{ path: requireInside(job.cwd, named, "metrics.results_file", "out.json"), name: named }];
    const files = [{ path: results, name: "the results file" }, ...own.filter(({ path }) => isFresh(path, job))];
    return { outcome: "completed", ...(await extractResults(tree, { log, resultsFiles: files, objectives })) };
  } catch (error) {
    return { outcome: "failed", reason: reasonOf(error), origins: [] };
  }
}

/** An error as a reason in the tree. Throws what is no error of ours or the system's. */
export function reasonOf(error: unknown): string {
  if (error instanceof TreeError) {
    const { message, hint } = error;
    return [message, hint]
      .filter(Boolean)
      .join(". ")
      .replace(/\s*\n\s*/g, "; ");
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return `what it measured could not be read: ${message}`;
}
