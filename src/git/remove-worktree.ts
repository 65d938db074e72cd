import { join } from "node:path";
import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";
import { emptyBin, moveToBin } from "./bin.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { withGitLock } from "./git-lock.ts";
import { clearUnfinished, listUnfinished } from "./unfinished.ts";
import { findEntry, readWorktree, type WorktreeState, worktreeAt } from "./worktree-state.ts";

/** Removes the folder and git's entry. Without `force` only when git could give everything back. Throws DirtyWorktreeError. */
export async function removeWorktree(
  repository: Repository,
  path: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const git = gitIn(repository.root);
  await withGitLock(repository, `remove ${path}`, async () => {
    clearUnfinished(repository, listUnfinished(repository, path));
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
    moveToBin(repository, path);
    await git("worktree", "remove", "--force", "--force", path);
    emptyBin(repository);
  });
}

function refuseLocked(path: string): void {
  if (!isThere(join(findWorktreeAt(path)?.gitFolder ?? "", "locked"))) return;
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
  if (entry && isThere(join(entry, "modules"))) {
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
