import { hostname } from "node:os";
import { AliasError, InvalidResultsError, UnwritableError } from "../errors.ts";
import { endOrphans } from "../runner/end-orphans.ts";
import { type ExitRecord, filesOf } from "../runner/exit-record.ts";
import { findJob } from "../runner/find-job.ts";
import type { AttemptState } from "../runner/runner.ts";
import { lastLines } from "../runner/scan-log.ts";
import { isThere } from "../system/is-there.ts";
import { type Attempt, type FinishRequest, finishAttempt } from "../tree/attempt.ts";
import type { Change } from "../tree/change.ts";
import type { DecidedResults } from "../tree/decide-results.ts";
import { primaryOf } from "../tree/results.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { judgeAttempt, reasonOf, type Verdict } from "./judge-attempt.ts";
import type { Workspace } from "./workspace.ts";

/** How an attempt ended, and what of it is recorded. */
export interface EndedAttempt extends Change {
  readonly attempt: number;
  readonly outcome: Attempt["outcome"];
  /** Of what completed: which source each objective comes from. */
  readonly origins: DecidedResults["origins"];
  /** The last lines of the log of one that failed. */
  readonly tail: readonly string[];
}

/** Records how an attempt ended: with results, or with the reason why there are none. Whoever comes second changes nothing. */
export async function endAttempt(
  workspace: Workspace,
  { id, attempt, state }: { readonly id: string; readonly attempt: number; readonly state: AttemptState },
): Promise<EndedAttempt> {
  const folder = attemptFolder(workspace.file, id, attempt);
  const job = findJob(folder);
  const record = state.is === "ended" ? state.record : undefined;
  if (!record && job) await endOrphans(folder, job);
  // As it stands in the file: of one that is shown as it will be recorded, this very attempt would be judged twice.
  const { origins, ...verdict } = await judgeAttempt(await workspace.loadNodes(), { folder, state, job });
  if (record && record.leftovers > 0)
    workspace.warn(`attempt ${attempt} of '${id}' had left ${record.leftovers} processes behind, which were ended`);
  if (record && record.cause !== "not-started" && job && !isThere(job.cwd))
    workspace.warn(`attempt ${attempt} of '${id}' has ended, and its worktree is gone; the next run creates it again`);
  const edit = (given: Omit<Verdict, "origins">) => {
    const value = given.results && primaryOf(given.results).value;
    const facts = factsOf(record, record?.ended_at ?? workspace.now(), value);
    const request: FinishRequest = { id, attempt, ...given, facts, now: workspace.now() };
    return workspace.edit((tree) => finishAttempt(tree, request), { settles: false });
  };
  try {
    return describe(await edit(verdict), { attempt, origins, folder });
  } catch (error) {
    // What was measured contradicts the tree or the samples before, or the file has no place for it.
    const isOfResults =
      error instanceof InvalidResultsError || error instanceof UnwritableError || error instanceof AliasError;
    if (!verdict.results || !isOfResults) throw error;
    const change = await edit({ outcome: "failed", reason: reasonOf(error) });
    return describe(change, { attempt, origins: [], folder });
  }
}

function factsOf(record: ExitRecord | undefined, ended: string, value: number | undefined): Partial<Attempt> {
  if (!record) return { ended_at: ended };
  return {
    ended_at: ended,
    seconds: record.seconds,
    exit: record.code ?? undefined,
    signal: record.signal ?? undefined,
    value,
    peak_mib: record.peak_bytes === null ? undefined : Number((record.peak_bytes / 1024 ** 2).toFixed(1)),
    host: hostname(),
  };
}

const mostLines = 20;

function describe(
  change: Change,
  { attempt, origins, folder }: Pick<EndedAttempt, "attempt" | "origins"> & { readonly folder: string },
): EndedAttempt {
  const outcome = change.node.attempts?.find(({ id }) => id === attempt)?.outcome;
  const tail = outcome === "completed" ? [] : lastLines(filesOf(folder).log, mostLines);
  return { ...change, attempt, outcome, origins, tail };
}
