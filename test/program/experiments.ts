import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readTree } from "../../src/store/read-tree.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import type { IterationNode } from "../../src/tree/iteration-tree.ts";
import { cleanEnvironment, program, type Ran, runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

interface Started {
  readonly pid: number;
  readonly ended: Promise<Ran & { readonly signal: string | null }>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** A repository whose tree has an objective, and the program in it, as its users call it. */
export interface Experiments extends TempRepository {
  readonly tree: (...args: readonly string[]) => Ran;
  /** Adds a node under none. */
  readonly add: (id: string, command: string, ...args: readonly string[]) => void;
  /** The program beside the test. */
  readonly start: (...args: readonly string[]) => Started;
  readonly node: (id: string) => IterationNode;
  /** Where what is no truth is kept. */
  readonly state: string;
}

export function experiments({
  objective = true,
  env = {},
  folder = tempFolder(),
}: {
  objective?: boolean;
  env?: Record<string, string>;
  folder?: string;
} = {}): Experiments {
  const repo = tempRepository({ folder });
  const head = objective ? "objective: {metric: accuracy, direction: maximize}\n" : "";
  repo.write("ITERATION_TREE.yaml", `version: 1\n${head}nodes: []\n`);
  const tree = (...args: readonly string[]) => runProgram(args, { cwd: repo.root, env });
  const state = join(repo.root, ".git/tree-autoresearch/ITERATION_TREE.yaml");
  const read = () => readTree(repo.read("ITERATION_TREE.yaml"), "ITERATION_TREE.yaml").tree;
  return {
    ...{ ...repo, tree, state },
    add(id, command, ...args) {
      const ran = tree("add", "--id", id, "--desc", id, "--cmd", command, ...args);
      if (ran.code !== 0) throw new Error(ran.stderr);
    },
    start: (...args) => start(args, repo.root, env),
    node: (id) => requireNode(read(), id),
  };
}

function start(args: readonly string[], cwd: string, env: Record<string, string>): Started {
  const child = spawn(process.execPath, [program, ...args], {
    ...{ cwd, stdio: ["ignore", "pipe", "pipe"] },
    env: { ...cleanEnvironment(cwd), ...env },
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      written[name] += chunk;
    });
  }
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid as number,
    ended: new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, ...written }))),
    kill: (signal) => void child.kill(signal),
  };
}

/** Waits until `look` gives something; hangs for a minute at the most. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (let turn = 0; turn < 1200; turn++) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("waited for a minute");
}

/** The processes that have this text in their command line; zombies have none. */
export function processesOf(text: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

let used = 0;

/** A `sleep` that no other process has. Its command line tells it: none begins like another one. */
export function longSleep(): string {
  return `sleep ${1_000_000 + process.pid}.${String(++used).padStart(4, "0")}`;
}
