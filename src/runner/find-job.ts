import { readFileSync } from "node:fs";
import { filesOf } from "./exit-record.ts";
import type { Job } from "./runner.ts";

/** What an attempt was to do; undefined when its folder is gone, or holds nothing that makes sense. */
export function findJob(folder: string): Job | undefined {
  try {
    const job = JSON.parse(readFileSync(filesOf(folder).job, "utf8")) as Job;
    // A short token would be found in the environment of others.
    return /^[a-z0-9]{16,}$/.test(job.token) && typeof job.cwd === "string" ? job : undefined;
  } catch {
    return undefined;
  }
}
