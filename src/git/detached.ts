import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deleteFolder } from "../system/delete-folder.ts";
import { isThere } from "../system/is-there.ts";
import { findWorktreeAt, type Repository } from "./find-repository.ts";
import { forgetEntry } from "./forget-entry.ts";
import { gitIn } from "./git.ts";

/** Checks `commit` out at `path`, where nothing is, without a branch. To be called by whoever holds git's lock. */
export async function addDetached({ root }: Repository, path: string, commit: string): Promise<void> {
  await gitIn(root)("worktree", "add", "--quiet", "--detach", path, commit);
}

/** Removes such a worktree with all that is in it, and git's entries of those whose folder has gone already. To be called by whoever holds git's lock. */
export function removeDetached({ commonFolder }: Repository, path: string): void {
  const entry = findWorktreeAt(path)?.gitFolder;
  if (entry !== undefined && entry !== commonFolder) forgetEntry(entry);
  deleteFolder(path);
  const entries = join(commonFolder, "worktrees");
  if (!isThere(entries)) return;
  for (const name of readdirSync(entries)) {
    const file = join(entries, name, "gitdir");
    if (!isThere(file)) continue;
    const place = readFileSync(file, "utf8").trim();
    if (place.startsWith(join(commonFolder, "tree-autoresearch", "scratch.")) && !isThere(place))
      forgetEntry(join(entries, name));
  }
}
