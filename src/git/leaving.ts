import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";
import { moveToBin } from "./bin.ts";
import type { Repository } from "./find-repository.ts";
import { entryNamedAt, isPlacedAt } from "./worktree-entries.ts";

/*
 * A worktree that is to go is moved aside, where nobody finds it to write to it, and looked at once more before git
 * forgets it. Whoever is killed meanwhile leaves it there, and it comes back: nobody has found yet that it holds nothing.
 */

const mark = /^\.(.+)\.leaving$/;

/** Where the worktree at `path` is while it is looked at for the last time: beside it, and so on the same disk. */
export function leavingOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.leaving`);
}

/** Moves the worktree at `path` aside. Returns where it is; undefined when the system does not let it move (it is a mount). Throws ConflictError when one that went before is there still. */
export function moveAside(path: string): string | undefined {
  const aside = leavingOf(path);
  if (isThere(aside)) {
    throw new ConflictError(`${aside} is what was at ${path} before, and its removal was cut off`, {
      hint: "Look at it, and move it away.",
    });
  }
  try {
    renameSync(path, aside);
    return aside;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}

/** Back to its place, if that is free. Returns whether it is there. */
export function moveBack(path: string): boolean {
  if (isThere(path)) return false;
  renameSync(leavingOf(path), path);
  return true;
}

/** Away for good. */
export function remove(repository: Repository, folder: string): void {
  if (!moveToBin(repository, folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Ends what a removal of the worktree at `path` was killed at: when git knows the worktree still it comes back, else it goes. To be called by whoever holds git's lock. */
export function endLeaving(repository: Repository, path: string): void {
  const aside = leavingOf(path);
  if (!isThere(aside)) return;
  const entry = entryNamedAt(aside);
  if (entry === undefined || dirname(dirname(entry)) !== repository.commonFolder) return;
  if (!isThere(entry)) remove(repository, aside);
  else if (isPlacedAt(entry, path)) moveBack(path);
}

/** The same for all that have their place where ours have it. */
export function endAllLeaving(repository: Repository): void {
  const folder = join(repository.root, ".worktrees");
  const names = isThere(folder) ? readdirSync(folder) : [];
  for (const name of names) {
    const [, worktree] = mark.exec(name) ?? [];
    if (worktree !== undefined) endLeaving(repository, join(folder, worktree));
  }
}
