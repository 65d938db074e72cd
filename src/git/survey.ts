import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";

/** What git keeps of one linked worktree. */
export interface WorktreeEntry {
  /** git's folder for it, within the common folder */
  readonly folder: string;
  /** Where git believes the worktree to be; absolute. */
  readonly path: string;
  /** undefined when its HEAD is detached */
  readonly branch: string | undefined;
}

/** What a repository holds, looked at once. */
export interface Survey {
  /** commit by branch name */
  readonly branches: ReadonlyMap<string, string>;
  readonly entries: readonly WorktreeEntry[];
  /** those of the commits asked for that git does not have */
  readonly missing: ReadonlySet<string>;
  /** those that no branch, tag or pin leads to: git may collect them at any time */
  readonly unreachable: ReadonlySet<string>;
}

/** So many commit ids are given to one git process: a command line has an end. */
const mostAtOnce = 400;

/** `commits` are full ids. */
export async function surveyRepository(repository: Repository, commits: readonly string[]): Promise<Survey> {
  const git = gitIn(repository.root);
  const refs = await git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads");
  const branches = new Map(
    refs
      .split("\n")
      .map((line) => line.split(" refs/heads/"))
      .flatMap(([id, name]) => (id && name ? [[name, id] as const] : [])),
  );
  const known = new Set<string>();
  const unreachable = new Set<string>();
  for (let i = 0; i < commits.length; i += mostAtOnce) {
    const some = commits.slice(i, i + mostAtOnce);
    for (const id of await listed("--no-walk=unsorted", ...some)) known.add(id);
    const lost = new Set(await listed(...some, "--not", "--branches", "--tags", "--glob=refs/tree-autoresearch"));
    for (const id of some) if (lost.has(id)) unreachable.add(id);
  }
  const missing = new Set(commits.filter((id) => !known.has(id)));
  return { branches, entries: listEntries(repository), missing, unreachable };

  async function listed(...args: readonly string[]): Promise<readonly string[]> {
    return (await git("rev-list", "--ignore-missing", ...args)).split("\n").filter(Boolean);
  }
}

function listEntries({ commonFolder }: Repository): readonly WorktreeEntry[] {
  const entries = join(commonFolder, "worktrees");
  const names = statSync(entries, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(entries) : [];
  return names.flatMap((name): WorktreeEntry[] => {
    const folder = join(entries, name);
    const path = dirname(readText(join(folder, "gitdir")));
    const branch = /^ref: refs\/heads\/(.+)$/.exec(readText(join(folder, "HEAD")))?.[1];
    return path === "." ? [] : [{ folder, path, branch }];
  });
}

/** The worktree folder under `parent` that names this entry as its own, wherever git believes it to be. */
export function findMoved(parent: string, { folder }: WorktreeEntry): string | undefined {
  const names = statSync(parent, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(parent) : [];
  return names.map((name) => join(parent, name)).find((path) => readText(join(path, ".git")) === `gitdir: ${folder}`);
}

/** The entry that the folder at `path` says it belongs to, if that is one of these, wherever the repository was then. */
export function findNamed(path: string, entries: readonly WorktreeEntry[]): WorktreeEntry | undefined {
  const [, name] = /^gitdir: .*\/worktrees\/([^/]+)$/.exec(readText(join(path, ".git"))) ?? [];
  return entries.find(({ folder }) => basename(folder) === name);
}

/** Makes git and the worktree at `path` know each other again, after one of them was moved. */
export async function repairWorktree(repository: Repository, path: string): Promise<void> {
  await gitIn(repository.root)("worktree", "repair", path);
}

function readText(file: string): string {
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8").trim() : "";
}
