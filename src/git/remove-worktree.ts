import { join } from "node:path";
import { asTreeError, ConflictError, DirtyWorktreeError, GitError } from "../errors.ts";
import { deleteFolder } from "../system/delete-folder.ts";
import { isThere } from "../system/is-there.ts";
import { findCommit } from "./commits.ts";
import { findFiltered } from "./find-filtered.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { forgetEntry, refuseLocked, refuseModules } from "./forget-entry.ts";
import { gitIn } from "./git.ts";
import { endAside, findAside, markGone, moveAside, refuseStuck } from "./leaving.ts";
import { loggedCommits, pinLost } from "./pin-lost.ts";
import { keepTip, type NodeName, pinCommit } from "./pins.ts";
import { clearUnfinished, listUnfinished } from "./unfinished.ts";
import { findEntry, isPlacedAt, refuseMoved } from "./worktree-entries.ts";
import { findCheckout, readWorktree, type WorktreeState, worktreeAt } from "./worktree-state.ts";

export interface Removal {
  /** the node's, for the pins */
  readonly id: string;
  /** Removes also what git could not give back. */
  readonly force: boolean;
}

/**
 * Removes the folder and git's entry, after pinning every commit that only they hold. Without `force` only when git could
 * give everything back. Returns what could not be deleted of it. To be called by whoever holds git's lock. Throws
 * DirtyWorktreeError, ConflictError.
 */
export async function removeWorktree(
  repository: Repository,
  path: string,
  removal: Removal,
): Promise<string | undefined> {
  clearUnfinished(repository, listUnfinished(repository, path));
  for (const each of findAside(repository, path)) endAside(each);
  const found = worktreeAt(repository, path);
  if (found === "foreign") {
    throw new ConflictError(`${path} is a folder, but no worktree that this repository has there`, {
      hint: "Look at it, and remove it by hand.",
    });
  }
  if (found === "ready") return removeReady(repository, path, removal);
  return removeEntry(repository, path, removal);
}

async function removeReady(repository: Repository, path: string, { id, force }: Removal): Promise<string | undefined> {
  const entry = findWorktreeAt(path)?.gitFolder;
  if (entry === undefined || entry === repository.commonFolder)
    throw new ConflictError(`${path} is the main worktree`, {
      hint: "Only a worktree of a node's own can be removed.",
    });
  if (!force) await refuseAnyLoss(repository, path, path);
  if (!force) refuseLocked(path, entry);
  const aside = moveAside(repository, path);
  try {
    await pinLost(repository, path, id);
    // What was written since the last look is seen now: nobody finds the folder here to write to it.
    if (!force) await refuseAnyLoss(repository, path, aside, entry);
    const gone = markGone(path);
    forgetEntry(entry);
    return deleteFolder(gone) ? undefined : gone;
  } catch (error) {
    for (const each of findAside(repository, path)) endAside(each);
    if (findAside(repository, path).length === 0) {
      if (isThere(path)) throw error;
      // Somebody else's git has forgotten the worktree meanwhile: nothing is left to do.
      return undefined;
    }
    const { message } = asTreeError(error);
    throw new ConflictError(`${message}. It is beside ${path} now, and could not be moved back`, {
      hint: "See: tree-autoresearch doctor",
      cause: error,
    });
  }
}

/** Looks at the worktree of `path` where it is now; `gitFolder` as for `readWorktree`. */
async function refuseAnyLoss(repository: Repository, path: string, now: string, gitFolder?: string): Promise<void> {
  refuseLoss(path, await readWorktree(now, gitFolder));
  refuseFiltered(path, await findFiltered(repository, now, gitFolder));
}

/** What git keeps of a worktree whose folder is gone. */
async function removeEntry(repository: Repository, path: string, { id, force }: Removal): Promise<undefined> {
  refuseStuck(repository, path);
  const entry = findEntry(repository, path);
  if (!entry) return;
  if (!force) refuseLocked(path, entry.folder);
  refuseMoved(repository, path, entry);
  if (!force) refuseModules(path, entry.folder);
  await pinLost(repository, path, id);
  // Somebody may have brought the folder back, or git's entry to where it is now.
  if (isThere(path) || !isPlacedAt(entry.folder, path))
    throw new ConflictError(`${path} came back, or was found elsewhere, while this call looked`, {
      hint: "Try again.",
    });
  forgetEntry(entry.folder);
}

/** Deletes the branch after pinning every commit that only it leads to. Returns where it is checked out, when it is: then it stays. To be called by whoever holds git's lock. */
export async function deleteBranch(
  repository: Repository,
  branch: string,
  { id, created }: NodeName,
): Promise<string | undefined> {
  const git = gitIn(repository.root);
  const commit = await findCommit(git, `refs/heads/${branch}`);
  if (commit === undefined) return undefined;
  const elsewhere = await findCheckout(repository, branch);
  if (elsewhere !== undefined) return elsewhere;
  const logged = await loggedCommits(repository, join(repository.commonFolder, "logs/refs/heads", branch));
  for (const each of [commit, ...logged]) await pinCommit(git, id, each);
  await keepTip(git, { id, created }, commit);
  // Only if nobody moved it meanwhile.
  await git("update-ref", "-d", `refs/heads/${branch}`, commit);
  // Else the next branch of this name would have the upstream of this one.
  const settings = git("config", "--local", "--remove-section", `branch.${branch}`);
  await settings.catch((error: unknown) => {
    if (!(error instanceof GitError)) throw error;
  });
  return undefined;
}

/** Throws DirtyWorktreeError naming what git could not give back. */
export function refuseLoss(path: string, { modified, untracked, ignored, hidden, submodules }: WorktreeState): void {
  refuseAll(path, [
    ["modified", modified],
    ["untracked", untracked],
    ["ignored", ignored],
    ["hidden from git status", hidden],
    ["repositories of their own", submodules],
  ]);
}

/** The same for what `findFiltered` found. */
export function refuseFiltered(path: string, filtered: readonly string[]): void {
  refuseAll(path, [["of which a filter keeps a part out of the repository", filtered]]);
}

function refuseAll(path: string, kinds: readonly (readonly [string, readonly string[]])[]): void {
  const lost = kinds.filter(([, files]) => files.length > 0);
  if (lost.length === 0) return;
  const some = (files: readonly string[]) => files.slice(0, 3).join(", ") + (files.length > 3 ? ", ..." : "");
  throw new DirtyWorktreeError(
    `${path} holds files that git could not give back: ${lost.map(([kind, files]) => `${files.length} ${kind} (${some(files)})`).join("; ")}`,
    {
      hint: "Commit or move them first (what is not pushed from a repository within, push); or add --force to lose them.",
    },
  );
}
