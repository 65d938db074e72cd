import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isEmpty, isThere } from "../system/is-there.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { type Git, gitIn } from "./git.ts";
import { isPlacedAt, isSamePlace } from "./worktree-entries.ts";

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
  /** repositories within: their commits are not in this one */
  readonly submodules: readonly string[];
}

/** What lies at `path`: a worktree that this repository has there, something else (as one that was moved or copied there), or nothing. */
export function worktreeAt({ commonFolder }: Repository, path: string): "ready" | "foreign" | "absent" {
  if (!isThere(path)) return "absent";
  const found = findWorktreeAt(path);
  if (found?.commonFolder !== commonFolder) return "foreign";
  return found.gitFolder === commonFolder || isPlacedAt(found.gitFolder, path) ? "ready" : "foreign";
}

/** What git's index says of a worktree, beside its status. */
export type IndexState = Pick<WorktreeState, "hidden" | "submodules">;

/**
 * `gitFolder` is to be given when the folder at `path` is not where git expects it, and `known` where the index was looked
 * at before.
 */
export async function readWorktree(path: string, gitFolder?: string, known?: IndexState): Promise<WorktreeState> {
  const where = gitFolder === undefined ? [] : [`--git-dir=${gitFolder}`, `--work-tree=${path}`];
  const git = (...args: readonly string[]) => gitIn(path)(...where, ...args);
  const args = [
    "--no-optional-locks",
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--ignored",
    "--untracked-files=all",
  ];
  const [status, { hidden, submodules }] = await Promise.all([
    git(...args),
    known ?? lookIntoIndex(path, git, gitFolder),
  ]);
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
  return { head, branch, ...state, hidden, submodules };
}

async function lookIntoIndex(path: string, git: Git, gitFolder: string | undefined): Promise<IndexState> {
  const { hidden, gitlinks } = readIndex(path, await git("ls-files", "-v", "-s", "-z"));
  const modules = join(gitFolder ?? findWorktreeAt(path)?.gitFolder ?? path, "modules");
  const filled = gitlinks.filter((name) => isOdd(name) || (isThere(join(path, name)) && !isEmpty(join(path, name))));
  return { hidden, submodules: [...new Set([...filled, ...(isThere(modules) ? readdirSync(modules) : [])])] };
}

/** What the index will say when all is committed: repositories that are untracked are repositories within then. */
export function indexAfterCommit({ hidden, submodules, untracked }: WorktreeState): IndexState {
  const added = untracked.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
  return { hidden, submodules: [...new Set([...submodules, ...added])] };
}

/** From `git ls-files -v -s -z`: tag, mode, id and stage before a tab, then the name. */
function readIndex(path: string, listing: string): { readonly hidden: string[]; readonly gitlinks: string[] } {
  const entries = listing.split("\0").map((entry) => /^(.) (\d+) \S+ \d\t(.*)$/s.exec(entry)?.slice(1) ?? []);
  const namesOf = (wanted: (tag: string, mode: string) => boolean) =>
    entries.flatMap(([tag = "", mode = "", name = ""]) => (wanted(tag, mode) ? [name] : []));
  return {
    hidden: namesOf((tag) => /[a-zS]/.test(tag)).filter((name) => isOdd(name) || isThere(join(path, name))),
    gitlinks: namesOf((_, mode) => mode === "160000"),
  };
}

/** A name that is no UTF-8 cannot be looked for, and counts as there. */
function isOdd(name: string): boolean {
  return name.includes("\ufffd");
}

/** Where else than at `path` the branch is checked out; undefined when it is nowhere. */
export async function findCheckout(repository: Repository, branch: string, path?: string): Promise<string | undefined> {
  const entries = (await gitIn(repository.root)("worktree", "list", "--porcelain")).split("\n\n");
  return entries
    .filter((each) => each.split("\n").includes(`branch refs/heads/${branch}`))
    .map((each) => /^worktree (.*)$/m.exec(each)?.[1])
    .find((place) => place !== undefined && !(path !== undefined && isSamePlace(place, path)));
}

/** Bytes of all files under `path`, symbolic links not followed; of what goes meanwhile, or may not be looked at, none. */
export function diskUse(path: string): number {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path).reduce((sum, name) => sum + diskUse(join(path, name)), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return 0;
  }
}
