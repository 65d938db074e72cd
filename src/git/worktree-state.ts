import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isThere } from "../system/is-there.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";

/** What a worktree holds; paths relative to it. */
export interface WorktreeState {
  readonly head: string | undefined;
  readonly branch: string | undefined;
  readonly modified: readonly string[];
  /** those of `modified` whose merge is not resolved */
  readonly unmerged: readonly string[];
  readonly untracked: readonly string[];
  readonly ignored: readonly string[];
  /** marked assume-unchanged or skip-worktree: git does not look whether they are modified */
  readonly hidden: readonly string[];
}

/** What lies at `path`: a worktree of this repository, something else, or nothing. */
export function worktreeAt(repository: Repository, path: string): "ready" | "foreign" | "absent" {
  if (!isThere(path)) return "absent";
  return findWorktreeAt(path)?.commonFolder === repository.commonFolder ? "ready" : "foreign";
}

export async function readWorktree(path: string): Promise<WorktreeState> {
  const args = [
    "--no-optional-locks",
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--ignored",
    "--untracked-files=all",
  ];
  const [status, hidden] = await Promise.all([gitIn(path)(...args), hiddenFiles(path)]);
  const fields = status.split("\0");
  const state = {
    modified: [] as string[],
    unmerged: [] as string[],
    untracked: [] as string[],
    ignored: [] as string[],
  };
  let head: string | undefined;
  let branch: string | undefined;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as string;
    if (field.startsWith("# branch.oid ") && !field.endsWith("(initial)")) head = field.slice(13);
    else if (field.startsWith("# branch.head ") && !field.endsWith("(detached)")) branch = field.slice(14);
    else if (field.startsWith("? ")) state.untracked.push(field.slice(2));
    else if (field.startsWith("! ")) state.ignored.push(field.slice(2));
    else if (/^[12u] /.test(field)) {
      const words = field.startsWith("1") ? 8 : field.startsWith("2") ? 9 : 10;
      const name = field.split(" ").slice(words).join(" ");
      state.modified.push(name);
      if (field.startsWith("u")) state.unmerged.push(name);
      if (field.startsWith("2")) i++;
    }
  }
  return { head, branch, ...state, hidden };
}

async function hiddenFiles(path: string): Promise<readonly string[]> {
  const entries = (await gitIn(path)("ls-files", "-v", "-z")).split("\0");
  return entries
    .filter((entry) => /^([a-z]|S) /.test(entry))
    .map((entry) => entry.slice(2))
    .filter((name) => isThere(join(path, name)));
}

/** What git keeps of one linked worktree. */
export interface WorktreeEntry {
  /** git's folder for it, within the common folder */
  readonly folder: string;
  /** Where git believes the worktree to be; absolute. */
  readonly path: string;
  /** undefined when its HEAD is detached */
  readonly branch: string | undefined;
}

export function listEntries({ commonFolder }: Repository): readonly WorktreeEntry[] {
  const entries = join(commonFolder, "worktrees");
  const names = statSync(entries, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(entries) : [];
  return names.flatMap((name): WorktreeEntry[] => {
    const folder = join(entries, name);
    // Relative to the entry where git is told so (worktree.useRelativePaths).
    const named = readText(join(folder, "gitdir"));
    const path = named === "" ? "." : dirname(resolve(folder, named));
    const branch = /^ref: refs\/heads\/(.+)$/.exec(readText(join(folder, "HEAD")))?.[1];
    return path === "." ? [] : [{ folder, path, branch }];
  });
}

/** What git keeps of the worktree at `path`, also when the folder is gone; undefined when git knows none there. */
export function findEntry(repository: Repository, path: string): string | undefined {
  return listEntries(repository).find((entry) => entry.path === path)?.folder;
}

/** Commits that only the worktree at `path` knows, by its HEAD or its log: they would go with it, or with its entry. */
export async function loggedCommits(repository: Repository, path: string): Promise<readonly string[]> {
  const entry = findEntry(repository, path);
  if (entry === undefined) return [];
  const logged = readText(join(entry, "logs", "HEAD"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  const commits = [...new Set([readText(join(entry, "HEAD")), ...logged])].filter(
    (id) => /^[0-9a-f]{40,64}$/.test(id) && !/^0+$/.test(id),
  );
  if (commits.length === 0) return [];
  const unreachable = await gitIn(repository.root)(
    "rev-list",
    "--ignore-missing",
    ...commits,
    "--not",
    "--branches",
    "--tags",
    "--glob=refs/tree-autoresearch",
  );
  const lost = new Set(unreachable.split("\n"));
  return commits.filter((commit) => lost.has(commit));
}

function readText(file: string): string {
  return isThere(file) ? readFileSync(file, "utf8").trim() : "";
}

/** Where else the branch is checked out; undefined when it is nowhere. */
export async function findCheckout(repository: Repository, branch: string): Promise<string | undefined> {
  const entries = (await gitIn(repository.root)("worktree", "list", "--porcelain")).split("\n\n");
  const entry = entries.find((each) => each.split("\n").includes(`branch refs/heads/${branch}`));
  return entry && /^worktree (.*)$/m.exec(entry)?.[1];
}

/** Bytes on disk of all files under `path`, symbolic links not followed. */
export function diskUse(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + diskUse(join(path, name)), 0);
}
