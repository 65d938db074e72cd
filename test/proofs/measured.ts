import { spawn } from "node:child_process";
import { cleanEnvironment, program } from "../run-program.ts";

export interface Measured {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** the most memory that the program had at once; undefined when it did not end by itself */
  readonly megabytes: number | undefined;
  readonly seconds: number;
}

/** A call that takes longer hangs. */
const longest = 60_000;

/** Says on a pipe of its own how much memory the process had, when it ends. */
const measure = `data:text/javascript,import fs from "node:fs";process.on("exit",()=>fs.writeSync(3,String(process.resourceUsage().maxRSS)))`;

/** The real program in a process of its own, measured; `before` is a command that starts it, such as a tracer. */
export function runMeasured(args: readonly string[], cwd: string, before: readonly string[] = []): Promise<Measured> {
  const start = performance.now();
  const [command = "", ...rest] = [...before, process.execPath, "--import", measure, program, ...args];
  const child = spawn(command, rest, {
    cwd,
    // killed hard: a process that hangs may not hear anything else
    timeout: longest,
    killSignal: "SIGKILL",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: cleanEnvironment(cwd),
  });
  const read = (fd: number) => {
    const chunks: Buffer[] = [];
    const stream = child.stdio[fd] as NodeJS.ReadableStream;
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  };
  const [stdout, stderr, memory] = [read(1), read(2), read(3)];
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const megabytes = memory() === "" ? undefined : Number(memory()) / 1024;
      const seconds = (performance.now() - start) / 1000;
      resolve({ code, signal, stdout: stdout(), stderr: stderr(), megabytes, seconds });
    });
  });
}

/** Calls `work` for each item, two at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T, i: number) => Promise<void>): Promise<void> {
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all([worker(), worker()]);
}
