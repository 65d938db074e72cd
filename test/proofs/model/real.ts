import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "yaml";
import { cleanEnvironment, program, type Ran } from "../../run-program.ts";
import type { Files, ModelNode, ModelResults } from "./state.ts";

/** The program on a repository of its own. */
export interface Real {
  readonly root: string;
  readonly treeFile: string;
  /** Every call and what it exited with, for whoever has to read a divergence. */
  readonly trace: string[];
  run(args: readonly string[]): Promise<Ran>;
  /** The same, killed after a share of the time that a call takes; `code` is null when that was in time. */
  kill(args: readonly string[], share: number): Promise<Ran>;
  git(...args: readonly string[]): Promise<string>;
  /** The text of the tree file; undefined without one. */
  text(): string | undefined;
  save(text: string): void;
}

const execute = promisify(execFile);

export function openReal(root: string): Real {
  const treeFile = join(root, "ITERATION_TREE.yaml");
  const env = cleanEnvironment(dirname(root));
  const trace: string[] = [];
  let usual = 300;
  const call = async (args: readonly string[], share?: number): Promise<Ran> => {
    const start = Date.now();
    const ran = await runProcess(args, { cwd: root, env }, share === undefined ? undefined : share * usual);
    if (share === undefined) usual = 0.7 * usual + 0.3 * (Date.now() - start);
    trace.push(`${args.join(" ")}  -> ${ran.code ?? "killed"}`);
    return ran;
  };
  return {
    root,
    treeFile,
    trace,
    run: (args) => call(args),
    kill: (args, share) => call(args, share),
    git: async (...args) => (await execute("git", [...args], { cwd: root, env })).stdout.trimEnd(),
    text: () => (existsSync(treeFile) ? readFileSync(treeFile, "utf8") : undefined),
    save(text) {
      trace.push("(the file is saved by hand)");
      writeFileSync(treeFile, text);
    },
  };
}

interface SpawnOptions {
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
}

/** In a process group of its own: of a killed program the last git may still be at work, and is waited for. */
async function runProcess(args: readonly string[], options: SpawnOptions, killAfter: number | undefined): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    ...options,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece) => (stdout += piece));
  child.stderr.on("data", (piece) => (stderr += piece));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(timer);
  for (let look = 0; look < 500 && code === null && isGroupAlive(child.pid as number); look++) await sleep(20);
  return { code, stdout, stderr };
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The worktrees and branches that there are. */
export interface Survey {
  readonly worktrees: ReadonlyMap<string, { readonly head: string; readonly files: Files }>;
  readonly branches: ReadonlyMap<string, string>;
}

export async function surveyOf({ root, git }: Real): Promise<Survey> {
  const [listed, refs] = await Promise.all([
    git("worktree", "list", "--porcelain"),
    git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"),
  ]);
  const heads = new Map(
    listed.split("\n\n").map((entry) => {
      const [path = "", head = ""] = entry.split("\n").map((line) => line.split(" ")[1]);
      return [path, head];
    }),
  );
  const folder = join(root, ".worktrees");
  const all = existsSync(folder) ? readdirSync(folder) : [];
  // What was never finished is nobody's: `.unfinished` may stay until the next call.
  const inPlace = all.filter((name) => !name.startsWith(".")).map((name) => [name, name] as const);
  // What a killed removal moved aside is there, as long as git knows it: the next call brings it back, or ends the removal.
  const aside = all.flatMap((name) => {
    const id = /^\.(.+)\.(?:leaving|gone-[0-9a-f]{16})$/.exec(name)?.[1];
    return id !== undefined && !all.includes(id) && heads.has(join(folder, id)) ? [[id, name] as const] : [];
  });
  const worktrees = new Map(
    [...inPlace, ...aside].map(([id, name]) => {
      return [id, { head: heads.get(join(folder, id)) ?? "none", files: filesIn(join(folder, name)) }];
    }),
  );
  return { worktrees, branches: new Map(refs.split("\n").map((line) => line.split(" ") as [string, string])) };
}

export function filesIn(folder: string): Files {
  const names = readdirSync(folder).filter((name) => name !== ".git");
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Every commit that a branch, tag or pin leads to. */
export async function reachableCommits({ git }: Real): Promise<ReadonlySet<string>> {
  return new Set((await git("rev-list", "--all")).split("\n"));
}

/** The nodes as the file has them, read by the YAML parser alone. */
export function parseNodes(text: string): readonly ModelNode[] {
  const { nodes } = parse(text) as { readonly nodes: readonly Written[] | null };
  return (nodes ?? []).map((node) => ({
    id: node.node_id,
    parent: node.parent_id ?? null,
    description: node.description ?? "",
    command: node.command ?? "",
    status: node.status ?? "pending",
    reason: node.reason,
    results: node.results ? readResults(node.results) : null,
    notes: node.notes ?? [],
    children: node.children ?? [],
    before: node.before_prune,
    worktree: node.worktree ?? null,
    recorded: node.recorded,
  }));
}

interface Written extends Partial<Omit<ModelNode, "results">> {
  readonly node_id: string;
  readonly parent_id?: string | null;
  readonly results?: WrittenResults | null;
  readonly before_prune?: ModelNode["before"];
}

interface WrittenResults {
  readonly primary_metric: string;
  readonly primary_value: number;
  readonly direction: string;
  readonly samples?: readonly number[];
}

function readResults({ primary_metric, primary_value, direction, samples }: WrittenResults): ModelResults {
  return { metric: primary_metric, direction, value: primary_value, samples };
}
