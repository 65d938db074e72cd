import { constants } from "node:os";
import type { Outcome } from "../tree/attempt.ts";
import type { ExitRecord } from "./exit-record.ts";
import type { Job } from "./runner.ts";

export interface Explained {
  readonly outcome: Outcome;
  /** In words of a reader; undefined when the command ended well. */
  readonly reason: string | undefined;
}

/** What the record of an attempt means. `tail` is the end of its log. */
export function explainExit(
  record: ExitRecord,
  { timeout, limited_by, most_log }: Pick<Job, "timeout" | "limited_by" | "most_log">,
  tail: string,
): Explained {
  const failed = (outcome: Outcome, reason: string): Explained => ({ outcome, reason: reason + survivorsOf(record) });
  if (record.cause === "timeout") {
    const limits = { "budget.run": ", its budget", "budget.total": ", its share of what was left of the budget" };
    return failed("timeout", `timeout: stopped after ${timeout} s${limited_by ? limits[limited_by] : ""}`);
  }
  if (record.cause === "cancelled") return failed("cancelled", "cancelled");
  if (record.cause === "interrupted") return failed("interrupted", "interrupted: the run was stopped");
  if (record.cause === "log-limit") return failed("failed", `its log became larger than ${most_log} bytes (--max-log)`);
  if (record.cause === "not-started") return failed("failed", `did not start: ${record.message ?? "unknown why"}`);
  const signal = signalOf(record);
  if (signal === undefined && record.code === 0) return { outcome: "completed", reason: undefined };
  if (signal === "SIGKILL" && record.oom_kills > 0)
    return failed("failed", "out of memory: the kernel killed it (SIGKILL)");
  if (signal === "SIGKILL") return failed("failed", "killed by SIGKILL; out of memory suspected");
  const suspected = suspicionOf(record, tail);
  if (signal !== undefined) return failed("failed", `killed by ${signal}${suspected}`);
  return failed("failed", `exit code ${record.code}${meaningOf(record.code)}${suspected}`);
}

const saysOutOfMemory = /out of memory|MemoryError|std::bad_alloc|Cannot allocate memory|heap limit/i;

/** A command may end by itself when a process of its own was killed, or it was given no more memory. */
function suspicionOf({ oom_kills }: ExitRecord, tail: string): string {
  if (oom_kills > 0) return "; out of memory: the kernel killed a process of its group meanwhile";
  return saysOutOfMemory.test(tail) ? "; out of memory suspected, its log says so" : "";
}

function survivorsOf({ survivors }: ExitRecord): string {
  return survivors > 0 ? `; ${survivors} of its processes could not be ended` : "";
}

/** A shell gives 128 and the number of the signal that ended its command (POSIX, 2.8.2). */
function signalOf({ code, signal }: ExitRecord): string | undefined {
  if (signal !== null) return signal;
  const number = (code ?? 0) - 128;
  return Object.entries(constants.signals).find(([, each]) => each === number)?.[0];
}

function meaningOf(code: number | null): string {
  if (code === 127) return ": the command was not found";
  return code === 126 ? ": the command could not be executed" : "";
}
