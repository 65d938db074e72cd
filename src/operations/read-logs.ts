import { closeSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { NotFoundError } from "../errors.ts";
import { filesOf } from "../runner/exit-record.ts";
import { lastLines } from "../runner/scan-log.ts";
import { shellWord } from "../shell-word.ts";
import { isThere } from "../system/is-there.ts";
import { type Attempt, openAttempt } from "../tree/attempt.ts";
import { requireNode } from "../tree/find-node.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { isLive } from "./is-live.ts";
import { runnerNamed } from "./runners.ts";
import type { Workspace } from "./workspace.ts";

export interface LogsRequest {
  readonly id: string;
  /** Number of the attempt; the last one when it is not given. */
  readonly attempt?: number | undefined;
  /** How many lines of its end. */
  readonly tail: number;
}

export interface AttemptLog {
  readonly node_id: string;
  readonly attempt: number;
  /** absolute */
  readonly path: string;
  readonly lines: readonly string[];
  readonly isRunning: boolean;
  /** Who runs it, as the tree records it. */
  readonly process: string | undefined;
  /** Bytes that it had. */
  readonly size: number;
}

/** The end of the log of an attempt. Throws NodeNotFoundError, NotFoundError. */
export async function readLogs(workspace: Workspace, { id, attempt, tail }: LogsRequest): Promise<AttemptLog> {
  const node = requireNode(await workspace.loadNodes(), id);
  const attempts = node.attempts ?? [];
  const found = attempt === undefined ? attempts.at(-1) : attempts.find((each) => each.id === attempt);
  const number = found?.id ?? attempt;
  if (number == null) {
    throw new NotFoundError(`'${id}' has not run yet`, { hint: `Run it: tree-autoresearch run --id ${shellWord(id)}` });
  }
  const { log } = filesOf(attemptFolder(workspace.file, id, number));
  if (!isThere(log)) throw noLog(id, number, attempts, log);
  const isRunning = found !== undefined && number === openAttempt(node)?.id && isLive(found);
  // Asked before the lines are read: what comes meanwhile is shown twice at the worst.
  const { size } = statSync(log);
  return {
    node_id: id,
    attempt: number,
    path: log,
    lines: lastLines(log, tail),
    isRunning,
    process: found?.process,
    size,
  };
}

function noLog(id: string, attempt: number, attempts: readonly Attempt[], path: string): NotFoundError {
  const known = attempts.flatMap((each) => each.id ?? []);
  return new NotFoundError(`No log of attempt ${attempt} of '${id}' at ${path}`, {
    hint: known.length > 0 ? `Attempts: ${known.join(", ")}. Logs may have been deleted since.` : undefined,
  });
}

/** Milliseconds between two looks at a log that grows. */
const pause = 200;
const chunk = 64 * 1024;
/** Characters of a line without an end that are kept. */
const longestRest = 1024 * 1024;

/** Hands on what comes to a log from now on, in whole lines, until its attempt ends or `signal` is given. */
export async function followLog(
  { path, process: runBy, size }: AttemptLog,
  folder: string,
  print: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = openSync(path, "r");
  try {
    const decoder = new StringDecoder("utf8");
    const buffer = Buffer.alloc(chunk);
    let at = size;
    let rest = "";
    for (;;) {
      const isOver = signal.aborted || runnerNamed().poll({ folder, process: runBy }).is !== "running";
      for (let count = -1; count !== 0; at += count) {
        count = readSync(file, buffer, 0, chunk, at);
        const lines = (rest + decoder.write(buffer.subarray(0, count))).split(/\r\n|\n|\r/);
        rest = (lines.pop() ?? "").slice(-longestRest);
        if (lines.length > 0) print(lines);
      }
      if (isOver) break;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (rest !== "") print([rest]);
  } finally {
    closeSync(file);
  }
}
