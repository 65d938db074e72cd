import { requireInside } from "../git/path-jail.ts";
import { filesOf } from "../runner/exit-record.ts";
import type { Job } from "../runner/runner.ts";
import { checksum } from "../system/checksum.ts";
import { randomHex } from "../system/random-hex.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { stampOf } from "./results-file.ts";

/** How far a run may go, and what it is given. */
export interface JobSettings {
  /** Seconds; null for no limit. */
  readonly timeout: number | null;
  /** What set that limit, when it was not the caller. */
  readonly limitedBy?: Job["limited_by"];
  /** Seconds between the request to end and the end. */
  readonly grace: number;
  /** Bytes that a log may take. */
  readonly mostLog: number;
  /** Name of the variable that tells each run its seed. */
  readonly seedEnv?: string | undefined;
  readonly gpu?: string | undefined;
  /** Whether it ends with this process; else it is seen through, and somebody else records it. */
  readonly isTied?: boolean;
}

export interface Task {
  readonly id: string;
  /** Where the attempt keeps its files. */
  readonly folder: string;
  readonly cwd: string;
  readonly command: string;
  readonly seed: number;
}

/** What a runner is given for a node's command. */
export function jobOf(
  { metrics }: IterationTree,
  { id, folder, cwd, command, seed }: Task,
  { timeout, limitedBy, grace, mostLog, seedEnv, gpu, isTied = false }: JobSettings,
): Job {
  const named = metrics?.results_file;
  return {
    ...{ folder, token: randomHex(32), command, cwd, timeout, grace, most_log: mostLog, is_tied: isTied },
    ...(limitedBy && { limited_by: limitedBy }),
    env: {
      ...{ TREE_AUTORESEARCH_NODE: id, TREE_AUTORESEARCH_RESULTS: filesOf(folder).results },
      ...(seedEnv !== undefined && { [seedEnv]: String(seed) }),
      ...(gpu !== undefined && { CUDA_VISIBLE_DEVICES: gpu }),
    },
    results_stamp: named === undefined ? "" : stampOf(requireInside(cwd, named, "metrics.results_file", "out.json")),
  };
}

/** Only runs of the same are samples of one result: the commit apart, the command, where it runs, and how its results are read. */
export function setupOf({ metrics }: IterationTree, { working_dir }: IterationNode, command: string): string {
  const said = JSON.stringify([command, working_dir, metrics ?? null]);
  return checksum(Buffer.from(said)).toString(16).padStart(8, "0");
}
