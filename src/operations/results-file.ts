import { statSync } from "node:fs";
import type { Job } from "../runner/runner.ts";

/** What tells a file from the same one written again; empty when there is none. */
export function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : "";
}

/** Whether the tree's results file was written since the run began: one that an earlier run left says nothing of this one. */
export function isFresh(path: string, { results_stamp }: Job): boolean {
  return stampOf(path) !== results_stamp;
}
