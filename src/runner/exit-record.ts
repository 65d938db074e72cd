import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Why an attempt is over. */
const causes = ["exited", "timeout", "cancelled", "interrupted", "log-limit", "not-started"] as const;
export type Cause = (typeof causes)[number];

/** What the supervisor of an attempt writes when all is over, in one step: who waits for it may have died meanwhile. */
export interface ExitRecord {
  readonly cause: Cause;
  /** of the shell; null when a signal ended it, or it did not start */
  readonly code: number | null;
  readonly signal: string | null;
  readonly seconds: number;
  /** ISO 8601, UTC */
  readonly ended_at: string;
  /** The most memory that all its processes together were seen to use; null for a run too short to be seen. */
  readonly peak_bytes: number | null;
  /** How often the kernel ended a process of this control group for want of memory meanwhile. */
  readonly oom_kills: number;
  /** Processes that the command had left behind, and that were ended. */
  readonly leftovers: number;
  /** Processes that could not be ended. */
  readonly survivors: number;
  /** What the system said when it did not start. */
  readonly message?: string;
}

/** Where an attempt's files are. */
export interface AttemptFiles {
  readonly job: string;
  readonly log: string;
  readonly record: string;
  /** Where the experiment may write what it measured. */
  readonly results: string;
  /** What the supervisor itself complains about. */
  readonly complaints: string;
}

export function filesOf(folder: string): AttemptFiles {
  const [job, log, record, results, complaints] = ["job.json", "log", "exit.json", "results", "supervisor.log"].map(
    (name) => join(folder, name),
  ) as [string, string, string, string, string];
  return { job, log, record, results, complaints };
}

/** Undefined when there is none, or none that makes sense. */
export function findRecord(folder: string): ExitRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(filesOf(folder).record, "utf8")) as ExitRecord;
    return causes.includes(record.cause) && Number.isFinite(record.seconds) ? record : undefined;
  } catch {
    return undefined;
  }
}
