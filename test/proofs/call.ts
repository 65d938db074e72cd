import { execFile } from "node:child_process";
import { cleanEnvironment, type Ran } from "../run-program.ts";

export interface Called extends Ran {
  /** From the start of the process to its end. */
  readonly milliseconds: number;
}

/** One call of the real program, or of a variant, while others run beside it; in the environment of `runProgram`. */
export function call(
  program: string,
  args: readonly string[],
  cwd: string,
  { path = process.env["PATH"] }: { readonly path?: string | undefined } = {},
): Promise<Called> {
  const start = performance.now();
  const env = { ...cleanEnvironment(cwd), PATH: path };
  return new Promise((resolve) => {
    const options = { cwd, env, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
    const child = execFile(process.execPath, [program, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr, milliseconds: performance.now() - start });
    });
  });
}
