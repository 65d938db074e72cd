import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
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
}

/** What lies at `path`: a worktree of this repository, one whose checkout was cut off, something else, or nothing. */
export function worktreeAt(repository: Repository, path: string): "ready" | "unfinished" | "foreign" | "absent" {
  if (!existsSync(path)) return "absent";
  const found = findWorktreeAt(path);
  if (found?.commonFolder !== repository.commonFolder) return "foreign";
  return existsSync(join(found.gitFolder, "index")) ? "ready" : "unfinished";
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
  const fields = (await gitIn(path)(...args)).split("\0");
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
  return { head, branch, ...state };
}

/** Files marked assume-unchanged or skip-worktree: git does not look whether they are modified. */
export async function hiddenFiles(path: string): Promise<readonly string[]> {
  const entries = (await gitIn(path)("ls-files", "-v", "-z")).split("\0");
  return entries
    .filter((entry) => /^([a-z]|S) /.test(entry))
    .map((entry) => entry.slice(2))
    .filter((name) => existsSync(join(path, name)));
}

/** Commits that only the logs of this worktree's HEAD and branch know: they would go with the worktree. */
export async function loggedCommits(path: string): Promise<readonly string[]> {
  const git = gitIn(path);
  const logged = (await git("log", "--walk-reflogs", "--format=%H", "HEAD")).split("\n").filter(Boolean);
  if (logged.length === 0) return [];
  const unreachable = new Set((await git("rev-list", ...new Set(logged), "--not", "--all")).split("\n"));
  return [...new Set(logged)].filter((commit) => unreachable.has(commit));
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
