import { mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isThere } from "../system/is-there.ts";
import { emptyBin, moveToBin } from "./bin.ts";
import type { Repository } from "./find-repository.ts";
import { requireInside } from "./path-jail.ts";
import { linkWorktree } from "./worktree-links.ts";

/*
 * A worktree is checked out in a folder of its own first, and gets its place when it is whole. So what lies at that place
 * is somebody's work, and what lies here is nobody's, whoever was killed meanwhile: git, or the process that called it.
 * git may even be at work still, and clear away what it knows when it fails: no other worktree ever has these names.
 */
const place = ".worktrees/.unfinished";

/** A new, empty folder to check out what belongs to `path`; git's entry gets the same name. To be called by whoever holds git's lock. */
export function beginWorktree({ root }: Repository, path: string): string {
  const token = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  const folder = join(requireInside(root, place, "the folder for new worktrees"), `${nameOf(path)}.${token}`);
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
  const folder = join(root, place);
  // What a symbolic link leads to is not ours to clear.
  const isHere = isThere(folder) && realpathSync(folder) === join(realpathSync(root), place);
  const names = isHere ? readdirSync(folder) : [];
  const isOwn = (name: string) => path === undefined || name.replace(/\.[^.]*$/, "") === nameOf(path);
  return names.filter(isOwn).map((name) => join(folder, name));
}

/** git's entries of worktrees that were never finished go: one that is half made stops every git that meets it. The folders stay, as what tells of them. To be called by whoever holds git's lock. */
export function dropEntries(repository: Repository): void {
  for (const folder of listUnfinished(repository)) dropEntry(repository, folder);
}

/** Removes what was never finished, if it is there still. To be called by whoever holds git's lock. */
export function clearUnfinished(repository: Repository, folders: readonly string[]): void {
  for (const folder of folders) {
    if (isThere(folder)) {
      dropEntry(repository, folder);
      if (!moveToBin(repository, folder)) rmSync(folder, { recursive: true, maxRetries: 3 });
      emptyBin(repository);
    }
    removeEmpty(dirname(folder));
  }
}

/** Anybody may make a folder with the name of an entry: it goes only when it is of no worktree elsewhere. */
function dropEntry(repository: Repository, folder: string): void {
  const entry = entryOf(repository, folder);
  if (!isThere(entry)) return;
  const link = join(entry, "gitdir");
  const named = isThere(link) ? readFileSync(link, "utf8").trim() : "";
  const path = dirname(resolve(entry, named));
  if (named === "" || path === folder || !isThere(path)) rmSync(entry, { recursive: true, maxRetries: 3 });
}

function entryOf({ commonFolder }: Repository, folder: string): string {
  return join(commonFolder, "worktrees", basename(folder));
}

/** Names that git does not change when it names its entry. */
function nameOf(path: string): string {
  return basename(path).replace(/[^A-Za-z0-9_-]/g, "-");
}

/** Others may be in it still; and an empty folder that stays does no harm. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
