import { mkdirSync, readdirSync, realpathSync, renameSync, rmdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { checksum } from "../system/checksum.ts";
import { deleteFolder } from "../system/delete-folder.ts";
import { isThere } from "../system/is-there.ts";
import { randomHex } from "../system/random-hex.ts";
import type { Repository } from "./find-repository.ts";
import { forgetEntry, forgetHidden } from "./forget-entry.ts";
import { unfinishedFolder } from "./path-jail.ts";
import { isPlacedElsewhere, linkWorktree } from "./worktree-entries.ts";

/*
 * A worktree is checked out in a folder of its own first, and gets its place when it is whole. So what lies at that place
 * is somebody's work, and what lies here is nobody's, whoever was killed meanwhile: git, or the process that called it.
 * git may even be at work still, and clear away what it knows when it fails: no other worktree ever has these names.
 */

/** The names that we give: what the worktree is called, whose path it is for, and what no other one has. */
const ownName = /\.[0-9a-f]{8}-[0-9a-f]{16}$/;
const ownEnd = /[0-9a-f]{16}$/;

/** Behind the name of one that is being deleted. */
const gone = ".gone";

/** A new, empty folder to check out what belongs to `path`; git's entry gets the same name. To be called by whoever holds git's lock. */
export function beginWorktree({ root }: Repository, path: string): string {
  const folder = join(unfinishedFolder(root), nameFor(root, path) + randomHex(16));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Gives the worktree in `folder` its place. A process that is killed in between leaves it here, and git expects it there. */
export function settleWorktree(repository: Repository, folder: string, path: string): void {
  linkWorktree(entryOf(repository, folder), folder, path);
  renameSync(folder, path);
  removeEmpty(dirname(folder));
}

/** The folders of worktrees that were never finished, of those that belong to `path` when one is given. */
export function listUnfinished({ root }: Repository, path?: string): readonly string[] {
  const folder = join(root, ".worktrees", ".unfinished");
  // What a symbolic link leads to is not ours to clear, nor what has another name.
  const isHere = isThere(folder) && realpathSync(folder) === join(realpathSync(root), ".worktrees", ".unfinished");
  const names = isHere ? readdirSync(folder).filter((name) => ownName.test(name.replace(gone, ""))) : [];
  return names
    .filter((name) => path === undefined || (name.startsWith(nameFor(root, path)) && !name.endsWith(gone)))
    .map((name) => join(folder, name));
}

/** Whether git's entry is of a worktree that was made for this path, wherever it is now. */
export function isMadeFor({ root }: Repository, entry: string, path: string): boolean {
  return basename(entry).startsWith(nameFor(root, path)) && ownName.test(entry);
}

/** git's entries of worktrees that were never finished go: one that is half made stops every git that meets it. The folders stay, as what tells of them; and since a git that is still at work there clears away its own when it finds its entry gone, there is another one then. To be called by whoever holds git's lock. */
export function dropEntries(repository: Repository): void {
  for (const folder of listUnfinished(repository)) {
    if (folder.endsWith(gone)) clearUnfinished(repository, [folder]);
    else
      dropEntry(repository, folder, () => void mkdirSync(folder.replace(ownEnd, randomHex(16)), { recursive: true }));
  }
  forgetHidden(repository);
}

/** Removes what was never finished, if it is there still. To be called by whoever holds git's lock. */
export function clearUnfinished(repository: Repository, folders: readonly string[]): void {
  for (const folder of folders) {
    if (isThere(folder)) {
      dropEntry(repository, folder);
      // Out of the way in one step: a git that is dying may write to it still, and then it is deleted by whoever is next.
      const isGone = folder.endsWith(gone);
      if (!isGone) renameSync(folder, folder + gone);
      deleteFolder(isGone ? folder : folder + gone);
    }
    removeEmpty(dirname(folder));
  }
}

/** `before` is called when there is an entry that goes. */
function dropEntry(repository: Repository, folder: string, before: () => void = () => {}): void {
  const entry = entryOf(repository, folder);
  // A copy of the repository, brought back over this one, may have the folder of a worktree that is finished here.
  if (!isThere(entry) || isPlacedElsewhere(entry, folder)) return;
  before();
  forgetEntry(entry);
}

function entryOf({ commonFolder }: Repository, folder: string): string {
  return join(commonFolder, "worktrees", basename(folder));
}

/** How the names for this path begin; git does not change them when it names its entry. */
function nameFor(root: string, path: string): string {
  const digest = checksum(Buffer.from(relative(root, path)))
    .toString(16)
    .padStart(8, "0");
  return `${basename(path)
    .replace(/[^A-Za-z0-9_-]/g, "-")
    .slice(0, 100)}.${digest}-`;
}

/** Others may be in it still; and an empty folder that stays does no harm. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
