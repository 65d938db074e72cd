import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("..", import.meta.url));
export const program = fileURLToPath(new URL("../bin/tree-autoresearch.js", import.meta.url));

if (!existsSync(new URL("../dist/program/main.js", import.meta.url))) {
  throw new Error("The tests run the built program: run `npm run build` first");
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly input?: string;
  readonly env?: Record<string, string | undefined>;
}

/** Nothing of the caller's is left but PATH, and nothing but what is tested is written to `home`. */
export function cleanEnvironment(home: string): Record<string, string | undefined> {
  const quiet = { GIT_CONFIG_NOSYSTEM: "1", NODE_DISABLE_COMPILE_CACHE: "1" };
  return { PATH: process.env["PATH"], HOME: home, LANG: "C.UTF-8", ...quiet };
}

/** The real program in a process of its own, in a clean environment. */
export function runProgram(args: readonly string[], options: RunOptions): Ran {
  return runCommand(process.execPath, [program, ...args], options);
}

export function runCommand(command: string, args: readonly string[], { cwd, input = "", env = {} }: RunOptions): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, [...args], {
    cwd,
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...cleanEnvironment(cwd), ...env },
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}
