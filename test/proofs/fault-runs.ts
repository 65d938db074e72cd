import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { cleanEnvironment, program, projectRoot, type Ran } from "../run-program.ts";

/** A call that the program makes, as the preload numbers them. */
export interface Call {
  readonly call: number;
  /** the function, or git and its command */
  readonly name: string;
  /** the path inside of the repository, or git's arguments */
  readonly on: string;
  /** the faults that can be put into it */
  readonly kinds: readonly string[];
  /** whether the fault was put into it */
  readonly struck: boolean;
}

export interface Fault {
  readonly call: number;
  readonly kind: string;
  /** milliseconds after which a git is killed */
  readonly delay?: number;
}

export interface FaultyRun {
  readonly root: string;
  readonly args: readonly string[];
  readonly fault?: Fault | undefined;
  /** Where the calls are listed. */
  readonly log?: string | undefined;
  /** The program, when it is another one than the built one. */
  readonly entry?: string | undefined;
  /** Kills the program after so many milliseconds. */
  readonly killAfter?: number | undefined;
}

export interface FaultyRan extends Ran {
  readonly isKilled: boolean;
}

const preload = join(projectRoot, "test/proofs/faults.mjs");

/** Commits get the same id in every run. */
const clock = { GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z", GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z" };

/** The program in the repository `root`, with a fault in one of its calls when one is given. */
export async function runFaulty({ root, args, fault, log, entry = program, killAfter }: FaultyRun): Promise<FaultyRan> {
  const faults = {
    FAULT_ROOT: root,
    ...(log !== undefined && { FAULT_LOG: log }),
    ...(fault && { FAULT_CALL: `${fault.call}`, FAULT_KIND: fault.kind, FAULT_DELAY: `${fault.delay ?? 1}` }),
  };
  const isWatched = fault !== undefined || log !== undefined;
  const child = spawn(process.execPath, [...(isWatched ? ["--import", preload] : []), entry, ...args], {
    cwd: root,
    env: { ...cleanEnvironment(root), ...clock, ...faults },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  const [stdout, stderr, { code, signal }] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  clearTimeout(timer);
  return { code, stdout, stderr, isKilled: signal === "SIGKILL" };
}

/** The calls of a run that was given this `log`. */
export function readCalls(log: string): readonly Call[] {
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Call);
}

/** Does `work` for all items, `width` at a time, and returns the results in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
