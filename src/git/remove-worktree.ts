import { renameSync } from "node:fs";
import { join } from "node:path";
import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";
import { emptyBin, moveToBin } from "./bin.ts";
import { findCommit } from "./commits.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { loggedCommits, pinLost } from "./pin-lost.ts";
import { pinCommit } from "./pins.ts";
import { clearUnfinished, listUnfinished } from "./unfinished.ts";
import { findEntry } from "./worktree-entries.ts";
import { findCheckout, readWorktree, type WorktreeState, worktreeAt } from "./worktree-state.ts";

export interface Removal {
  /** the node's, for the pins */
  readonly id: string;
  /** Removes also what git could not give back. */
  readonly force: boolean;
}

/**
 * Removes the folder and git's entry, after pinning every commit that only they hold. Without `force` only when git could
 * give everything back. To be called by whoever holds git's lock. Throws DirtyWorktreeError, ConflictError.
 */
export async function removeWorktree(repository: Repository, path: string, { id, force }: Removal): Promise<void> {
  const git = gitIn(repository.root);
  clearUnfinished(repository, listUnfinished(repository, path));
  emptyBin(repository);
  const found = worktreeAt(repository, path);
  if (found === "foreign") {
    throw new ConflictError(`${path} is a folder, but no worktree that this repository has there`, {
      hint: "Look at it, and remove it by hand.",
    });
  }
  if (found === "absent") {
    if (!findEntry(repository, path)) return;
    await pinLost(repository, path, id);
    await git("worktree", "remove", "--force", path);
    return;
  }
  const entry = findWorktreeAt(path)?.gitFolder ?? path;
  if (!force) refuseLoss(path, await readWorktree(path));
  if (!force) refuseLocked(path, entry);
  const away = moveToBin(repository, path);
  try {
    // What was written since the last look is seen now: nobody finds the folder here to write to it.
    if (away && !force) refuseLoss(path, await readWorktree(away, entry));
    await pinLost(repository, path, id);
    await git("worktree", "remove", "--force", "--force", path);
  } catch (error) {
    if (away && !isThere(path)) renameSync(away, path);
    throw error;
  }
  emptyBin(repository);
}

/** Deletes the branch after pinning every commit that only it leads to. Returns where it is checked out, when it is: then it stays. To be called by whoever holds git's lock. */
export async function deleteBranch(repository: Repository, branch: string, id: string): Promise<string | undefined> {
  const git = gitIn(repository.root);
  const commit = await findCommit(git, `refs/heads/${branch}`);
  if (commit === undefined) return undefined;
  const elsewhere = await findCheckout(repository, branch);
  if (elsewhere !== undefined) return elsewhere;
  const logged = await loggedCommits(repository, join(repository.commonFolder, "logs/refs/heads", branch));
  for (const each of [commit, ...logged]) await pinCommit(git, id, each);
  // Only if nobody moved it meanwhile.
  await git("update-ref", "-d", `refs/heads/${branch}`, commit);
  return undefined;
}

function refuseLocked(path: string, entry: string): void {
  if (!isThere(join(entry, "locked"))) return;
  throw new ConflictError(`${path} is locked`, { hint: `git worktree unlock ${path}` });
}

/** Throws DirtyWorktreeError naming what git could not give back. */
export function refuseLoss(path: string, { modified, untracked, ignored, hidden, submodules }: WorktreeState): void {
  const kinds = [
    ["modified", modified],
    ["untracked", untracked],
    ["ignored", ignored],
    ["hidden from git status", hidden],
  ] as const;
  const some = (files: readonly string[]) => files.slice(0, 3).join(", ") + (files.length > 3 ? ", ..." : "");
  if (submodules.length > 0) {
    throw new DirtyWorktreeError(`${path} holds repositories of their own: ${some(submodules)}`, {
      hint: "Their commits are in none of ours. Look whether anything in them is not pushed; then add --force.",
    });
  }
  const lost = kinds.filter(([, files]) => files.length > 0);
  if (lost.length === 0) return;
  throw new DirtyWorktreeError(
    `${path} holds files that git could not give back: ${lost.map(([kind, files]) => `${files.length} ${kind} (${some(files)})`).join("; ")}`,
    { hint: "Commit or move them first; or add --force to lose them." },
  );
}
