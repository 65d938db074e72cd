import { renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { deleteFolder } from "../system/delete-folder.ts";
import { isThere } from "../system/is-there.ts";
import type { Repository } from "./find-repository.ts";
import { entryFolders, namesIn, unlessForbidden } from "./worktree-entries.ts";

/** Throws ConflictError when git was told that the worktree of this entry, a folder, must stay. */
export function refuseLocked(path: string, entry: string): void {
  if (!isThere(join(entry, "locked"))) return;
  throw new ConflictError(`${path} is locked`, { hint: `git worktree unlock ${shellWord(path)}` });
}

/** Throws ConflictError when this entry, a folder, holds repositories of their own: of a submodule's commits this one has none. */
export function refuseModules(path: string, entry: string): void {
  const modules = join(entry, "modules");
  if (namesIn(modules).length === 0) return;
  throw new ConflictError(`${path} is gone, but its repositories within are not: they are in ${modules}`, {
    hint: "Push what is only there, or move that folder away, then try again.",
  });
}

/*
 * git forgets a worktree file by file, in no order, and half of an entry stops every git that meets it. Where an entry
 * does not say where its worktree is, git sees none: so what goes first is the file that says it.
 */
const place = "gitdir";
const hiddenPlace = "gitdir.hidden";

/** Makes git forget the worktree of this entry, a folder. */
export function forgetEntry(entry: string): void {
  if (basename(dirname(entry)) !== "worktrees") throw new Error(`${entry} is no entry of a worktree`);
  rmSync(join(entry, place), { force: true });
  deleteFolder(entry);
}

/** Makes git not see the worktree of this entry, a folder. Returns what brings it back, and says whether it could: a git that clears away what it does not see may have come meanwhile. */
export function hideEntry(entry: string): () => boolean {
  const [seen, hidden] = [join(entry, place), join(entry, hiddenPlace)];
  renameSync(seen, hidden);
  return () => {
    if (isHidden(entry)) renameSync(hidden, seen);
    return isThere(seen);
  };
}

/** Not one that somebody's git has repaired since. */
function isHidden(entry: string): boolean {
  return isThere(join(entry, hiddenPlace)) && !isThere(join(entry, place));
}

/** Deletes what is hidden, by this call or by those who were killed then. To be called by whoever holds git's lock. */
export function forgetHidden(repository: Repository): void {
  for (const entry of entryFolders(repository)) if (unlessForbidden(() => isHidden(entry), false)) forgetEntry(entry);
}
