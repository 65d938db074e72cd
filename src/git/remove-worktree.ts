import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { withGitLock } from "./git-lock.ts";
import { hiddenFiles, readWorktree, type WorktreeState, worktreeAt } from "./worktree-state.ts";

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
