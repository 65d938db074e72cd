import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { NotFoundError } from "../errors.ts";
import { filesOf, findRecord } from "../runner/exit-record.ts";
import { lastLines } from "../runner/scan-log.ts";
import { isThere } from "../system/is-there.ts";
import { type Attempt, openAttempt } from "../tree/attempt.ts";
import { requireNode } from "../tree/find-node.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { isLive } from "./is-live.ts";
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
}

/** The end of the log of an attempt. Throws NodeNotFoundError, NotFoundError. */
export async function readLogs(workspace: Workspace, { id, attempt, tail }: LogsRequest): Promise<AttemptLog> {
  const node = requireNode(await workspace.loadNodes(), id);
  const attempts = node.attempts ?? [];
  const found = attempt === undefined ? attempts.at(-1) : attempts.find((each) => each.id === attempt);
  const number = found?.id ?? attempt;
  if (number == null) {
    throw new NotFoundError(`'${id}' has not run yet`, { hint: `Run it: tree-autoresearch run --id ${id}` });
  }
  const { log } = filesOf(attemptFolder(workspace.file, id, number));
  if (!isThere(log)) throw noLog(id, number, attempts, log);
  const isRunning = found !== undefined && number === openAttempt(node)?.id && isLive(found);
  return { node_id: id, attempt: number, path: log, lines: lastLines(log, tail), isRunning };
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

/** Hands on what comes to a log from now on, in whole lines, until its attempt ends or `signal` is given. */
export async function followLog(
  { path }: AttemptLog,
  folder: string,
  print: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const file = openSync(path, "r");
  try {
    const decoder = new StringDecoder("utf8");
    const buffer = Buffer.alloc(chunk);
    let at = fstatSync(file).size;
    let rest = "";
    for (;;) {
      const isOver = signal.aborted || findRecord(folder) !== undefined;
      for (let count = -1; count !== 0; at += count) {
        count = readSync(file, buffer, 0, chunk, at);
        const lines = (rest + decoder.write(buffer.subarray(0, count))).split(/\r\n|\n|\r/);
        rest = lines.pop() ?? "";
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
