import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { withLock } from "../system/lock.ts";
import { findCommit } from "./commits.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { requireSafeBranch } from "./path-jail.ts";

const lockPatience = 120_000;

export interface NewWorktree {
  /** absolute */
  readonly path: string;
  readonly branch: string;
  /** full id; where the branch starts, unless it exists */
  readonly commit: string;
  /** Whether the branch may exist already, as that of a worktree that was removed. */
  readonly reuseBranch: boolean;
}

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

/** Creates branch and folder; on failure neither stays. git serves one `worktree add` at a time, so it is serialised. Throws ConflictError when either is taken. */
export async function createWorktree(repository: Repository, worktree: NewWorktree): Promise<void> {
  requireSafeBranch(worktree.branch);
  await withGitLock(repository, `worktree ${worktree.branch}`, async () => {
    for (let attempt = 1; ; attempt++) {
      const before = worktreeAt(repository, worktree.path);
      if (before === "ready") return;
      try {
        return await createOnce(repository, worktree);
      } catch (error) {
        // The git of a killed process may have been at its checkout still when we cleared that away.
        if (before !== "unfinished" || attempt === mostTries) throw error;
        await sleep(attempt * 500);
      }
    }
  });
}

const mostTries = 5;

async function createOnce(repository: Repository, worktree: NewWorktree): Promise<void> {
  const { path, branch, reuseBranch } = worktree;
  await clearLeftover(repository, path);
  if (worktreeAt(repository, path) !== "absent") {
    throw new ConflictError(`${path} exists, but is no worktree of this repository`, {
      hint: "Move it away, then try again.",
    });
  }
  const existing = await findCommit(gitIn(repository.root), `refs/heads/${branch}`);
  if (existing && !reuseBranch) {
    throw new ConflictError(`The branch '${branch}' exists already`, { hint: "Choose another --id." });
  }
  await addWorktree(repository, worktree, existing !== undefined);
}

async function addWorktree(
  repository: Repository,
  { path, branch, commit }: NewWorktree,
  exists: boolean,
): Promise<void> {
  const git = gitIn(repository.root);
  try {
    await git("worktree", "add", "--quiet", ...(exists ? [path, branch] : ["--no-track", "-b", branch, path, commit]));
  } catch (error) {
    await clearLeftover(repository, path);
    if (!exists && (await findCommit(git, `refs/heads/${branch}`)) === commit) await git("branch", "-D", branch);
    throw error;
  }
}

/** A killed `worktree add` leaves an entry that is locked while initializing: its checkout never finished, so nothing of it is anyone's work. */
async function clearLeftover(repository: Repository, path: string): Promise<void> {
  const git = gitIn(repository.root);
  if (worktreeAt(repository, path) === "unfinished") await git("worktree", "remove", "--force", "--force", path);
  else if (!existsSync(path)) await git("worktree", "prune");
  if (existsSync(path) && readdirSync(path).length === 0) rmSync(path, { recursive: true });
}

/** Where else the branch is checked out; undefined when it is nowhere. */
export async function findCheckout(repository: Repository, branch: string): Promise<string | undefined> {
  const entries = (await gitIn(repository.root)("worktree", "list", "--porcelain")).split("\n\n");
  const entry = entries.find((each) => each.split("\n").includes(`branch refs/heads/${branch}`));
  return entry && /^worktree (.*)$/m.exec(entry)?.[1];
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

/** Removes the folder and git's entry. Without `force` only when git could give everything back. Throws DirtyWorktreeError. */
export async function removeWorktree(
  repository: Repository,
  path: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const git = gitIn(repository.root);
  await withGitLock(repository, `remove ${path}`, async () => {
    const found = worktreeAt(repository, path);
    if (found === "absent" || found === "foreign") {
      if (found === "foreign")
        throw new ConflictError(`${path} is a folder, but no worktree of this repository`, {
          hint: "Look at it, and remove it by hand.",
        });
      await git("worktree", "prune");
      return;
    }
    if (!force) await refuseLoss(path, await readWorktree(path));
    await git("worktree", "remove", ...(force ? ["--force", "--force"] : []), path);
  });
}

/** Throws DirtyWorktreeError naming what git could not give back. */
export async function refuseLoss(path: string, { modified, untracked, ignored }: WorktreeState): Promise<void> {
  const kinds = [
    ["modified", modified],
    ["untracked", untracked],
    ["ignored", ignored],
    ["hidden from git status", await hiddenFiles(path)],
  ] as const;
  const lost = kinds.filter(([, files]) => files.length > 0);
  if (lost.length === 0) return;
  const some = (files: readonly string[]) => files.slice(0, 3).join(", ") + (files.length > 3 ? ", ..." : "");
  throw new DirtyWorktreeError(
    `${path} holds files that git could not give back: ${lost.map(([kind, files]) => `${files.length} ${kind} (${some(files)})`).join("; ")}`,
    { hint: "Commit or move them first; or add --force to lose them." },
  );
}

/** Files marked assume-unchanged or skip-worktree: git does not look whether they are modified. */
async function hiddenFiles(path: string): Promise<readonly string[]> {
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

function withGitLock<T>(repository: Repository, purpose: string, work: () => Promise<T>): Promise<T> {
  const path = join(repository.commonFolder, "tree-autoresearch", "git.lock");
  return withLock(path, { purpose, patience: lockPatience }, work);
}

/** Bytes on disk of all files under `path`, symbolic links not followed. */
export function diskUse(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + diskUse(join(path, name)), 0);
}
