import type { Io } from "../src/cli/io.ts";
import { run } from "../src/cli/run.ts";
import type { Ran } from "./run-program.ts";

export interface CallOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Makes stdout and stderr terminals of this many columns. */
  readonly columns?: number;
  readonly now?: string;
}

/** One call of the program within this process: everything but main.ts. */
export async function call(argv: readonly string[], options: CallOptions): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
    },
    isTerminal: options.columns !== undefined,
    columns: options.columns,
  });
  const io: Io = {
    argv,
    cwd: options.cwd,
    env: { LANG: "C.UTF-8", ...options.env },
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    readStdin: async () => options.input ?? "",
    catchSignals: () => new AbortController().signal,
    now: () => new Date(options.now ?? "2026-01-02T03:04:05.678Z"),
  };
  const code = await run(io, "0.0.0-test");
  return { code, ...written };
}
