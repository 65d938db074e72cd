import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Copies a repository with its worktrees, whose links to each other are absolute paths. */
export function copyRepository(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const move = (file: string) => {
    if (existsSync(file)) writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  };
  for (const name of namesIn(join(to, ".worktrees"))) move(join(to, ".worktrees", name, ".git"));
  for (const name of namesIn(join(to, ".git/worktrees"))) move(join(to, ".git/worktrees", name, "gitdir"));
}

/** The tree file's text; undefined when there is none. */
export function treeText(root: string): string | undefined {
  const file = join(root, "ITERATION_TREE.yaml");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Two runs of a command differ only in what the clock said. */
export function maskTimes(text: string | undefined): string | undefined {
  return text?.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME");
}

export interface Description {
  readonly lines: readonly string[];
  readonly pins: readonly string[];
}

/** What a repository holds, without times and places, as lines that can be compared. */
export async function describeRepository(root: string): Promise<Description> {
  const git = (folder: string, ...args: readonly string[]) =>
    new Promise<string>((resolve) => {
      // What git complains about is a part of what is described.
      execFile("git", ["-C", folder, ...args], (_, stdout, stderr) => resolve(`${stdout}${stderr}`.trim()));
    });
  const folders = ["", ...namesIn(join(root, ".worktrees")).map((name) => join(".worktrees", name))];
  const [listed, worktrees, ...states] = await Promise.all([
    git(root, "for-each-ref", "--format=%(refname) %(objectname)"),
    git(root, "worktree", "list", "--porcelain"),
    ...folders.map((folder) => git(join(root, folder), "status", "--porcelain", "--ignored")),
  ]);
  const refs = listed.split("\n");
  const entries = worktrees.split("\n\n").sort();
  const isPin = (ref: string) => ref.startsWith("refs/tree-autoresearch/");
  return {
    lines: [
      maskTimes(treeText(root)) ?? "no tree",
      ...refs.filter((ref) => !isPin(ref)),
      ...entries.map((entry) => entry.replaceAll(root, "ROOT")),
      ...folders.map((folder, i) => `${folder || "."}: ${states[i]}`),
    ],
    pins: refs.filter(isPin),
  };
}

/** What crashes may leave for a moment, and the next command must have cleared away: temporary files and locks. */
export function findLeftovers(root: string): readonly string[] {
  const temporary = namesIn(root).filter((name) => name.endsWith(".tmp"));
  return [...temporary, ...locksIn(root)];
}

/** Locks of this program and of git, wherever they lie in the git folder. */
function locksIn(root: string): readonly string[] {
  return readdirSync(join(root, ".git"), { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.lock(\.[^/]*)?$/.test(name),
  );
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
