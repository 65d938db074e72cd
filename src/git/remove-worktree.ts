import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { withGitLock } from "./git-lock.ts";
import { findEntry, readWorktree, type WorktreeState, worktreeAt } from "./worktree-state.ts";

/** Removes the folder and git's entry. Without `force` only when git could give everything back. Throws DirtyWorktreeError. */
export async function removeWorktree(
  repository: Repository,
  path: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const git = gitIn(repository.root);
  await withGitLock(repository, `remove ${path}`, async () => {
    const found = worktreeAt(repository, path);
    if (found === "foreign") {
      throw new ConflictError(`${path} is a folder, but no worktree of this repository`, {
        hint: "Look at it, and remove it by hand.",
      });
    }
    if (found === "absent") {
      if (findEntry(repository, path)) await git("worktree", "remove", "--force", path);
      return;
    }
    // Looked at before by whoever asked, and again now that no other process of ours is at it.
    emptyBin(repository);
    if (!force) refuseLoss(path, await readWorktree(path));
    if (!force) refuseLocked(path);
    await discard(repository, path);
    emptyBin(repository);
  });
}

/** Where removed worktrees wait for their end: the next removal clears what one that was cut off left there. */
export function binOf({ commonFolder }: Repository): string {
  return join(commonFolder, "tree-autoresearch", "removed");
}

/**
 * Takes folder and entry away, out of sight in one step first: half of a worktree, left by a removal that was cut off, or
 * by git when somebody else writes there, would look like someone's work.
 */
export async function discard(repository: Repository, path: string): Promise<void> {
  const bin = binOf(repository);
  mkdirSync(bin, { recursive: true });
  try {
    renameSync(path, join(bin, `${basename(path)}.${Date.now().toString(36)}`));
  } catch (error) {
    // The git folder may lie on another disk, and the worktree may be a mount: then git removes it where it is.
    if (!/^(EXDEV|EBUSY)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  await gitIn(repository.root)("worktree", "remove", "--force", "--force", path);
}

/** A folder that may not be emptied (read-only ones in it) keeps nobody from removing others; one that a dying git still writes to is tried again. */
export function emptyBin(repository: Repository): void {
  try {
    rmSync(binOf(repository), { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** git writes "initializing" while it checks out; a worktree that is complete and still says so lost its git just then. */
function refuseLocked(path: string): void {
  const lock = join(findWorktreeAt(path)?.gitFolder ?? "", "locked");
  if (!existsSync(lock) || readFileSync(lock, "utf8").trim() === "initializing") return;
  throw new ConflictError(`${path} is locked`, { hint: `git worktree unlock ${path}` });
}

/** Throws DirtyWorktreeError naming what git could not give back. */
export function refuseLoss(path: string, { modified, untracked, ignored, hidden }: WorktreeState): void {
  const kinds = [
    ["modified", modified],
    ["untracked", untracked],
    ["ignored", ignored],
    ["hidden from git status", hidden],
  ] as const;
  const entry = findWorktreeAt(path)?.gitFolder;
  if (entry && existsSync(join(entry, "modules"))) {
    throw new DirtyWorktreeError(`${path} holds submodules, which git removes only by force`, {
      hint: "Look whether anything in them is not pushed; then add --force.",
    });
  }
  const lost = kinds.filter(([, files]) => files.length > 0);
  if (lost.length === 0) return;
  const some = (files: readonly string[]) => files.slice(0, 3).join(", ") + (files.length > 3 ? ", ..." : "");
  throw new DirtyWorktreeError(
    `${path} holds files that git could not give back: ${lost.map(([kind, files]) => `${files.length} ${kind} (${some(files)})`).join("; ")}`,
    { hint: "Commit or move them first; or add --force to lose them." },
  );
}
