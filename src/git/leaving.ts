import { readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import { isEmpty, isThere } from "../system/is-there.ts";
import type { Repository } from "./find-repository.ts";
import { findNamed, isAlive, isSamePlace, linkWorktree, listEntries, type WorktreeEntry } from "./worktree-entries.ts";

/*
 * A worktree that is to go is moved aside, where nobody finds it to write to it, and looked at once more: `.NAME.leaving`
 * beside its place. Whoever is killed meanwhile leaves it there, and it comes back: nobody knows yet what it holds. When
 * it was found to hold nothing it becomes `.NAME.gone`, in one step, and only then does git forget it: half a folder, left
 * by a removal that was cut off, is nobody's work.
 */

type Stage = "leaving" | "gone";
const mark = /^\.(.+)\.(?:leaving|gone)$/;

export function asideOf(path: string, stage: Stage): string {
  return join(dirname(path), `.${basename(path)}.${stage}`);
}

/** Moves the worktree at `path` aside. Returns where it is. Throws ConflictError when one that went before is there still, or the system does not let it move. */
export function moveAside(repository: Repository, path: string): string {
  refuseStuck(repository, path);
  const aside = asideOf(path, "leaving");
  try {
    renameSync(path, aside);
    return aside;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ConflictError(`${path} cannot be moved aside, to be looked at once more before it goes (${code})`, {
      hint:
        code === "EBUSY" ? "Is it a mount? Unmount it first." : "Check the permissions of the folder that holds it.",
      cause: error,
    });
  }
}

/** It was looked at for the last time. Returns where it is now. */
export function markGone(path: string): string {
  renameSync(asideOf(path, "leaving"), asideOf(path, "gone"));
  return asideOf(path, "gone");
}

/** Back to its place, if that is free (an empty folder gives way) and the system lets it. Returns whether it is there. */
function moveBack(path: string): boolean {
  const aside = (["leaving", "gone"] as const).map((stage) => asideOf(path, stage)).find(isThere);
  if (aside === undefined || !isFree(path)) return false;
  try {
    renameSync(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

function isFree(path: string): boolean {
  return !isThere(path) || isEmpty(path);
}

/** Deletes a folder that holds nothing of worth. Returns whether it is gone: read-only folders in it stay. */
export function deleteFolder(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** What a removal left aside, and what is to be done: `back` to its place, `delete`, or nothing that we may decide. */
export interface Aside {
  readonly folder: string;
  /** Where it was. */
  readonly path: string;
  readonly fate: "back" | "delete" | "stuck";
  /** git's, when it has one still. */
  readonly entry: WorktreeEntry | undefined;
}

/** What removals of the worktree at `path` left. */
export function findAside(repository: Repository, path: string): readonly Aside[] {
  return (["leaving", "gone"] as const).flatMap((stage): Aside[] => {
    const folder = asideOf(path, stage);
    if (!isThere(folder)) return [];
    const entries = listEntries(repository);
    const own = entries.find((each) => isSamePlace(each.path, path) && isAlive({ ...each, path: folder }));
    // The repository may have been moved, or copied, since.
    const entry = own ?? findNamed(folder, entries);
    const fate = entry && isFree(path) ? "back" : !entry && stage === "gone" ? "delete" : "stuck";
    return [{ folder, path, fate, entry }];
  });
}

/** All that is beside the nodes' worktrees and these. */
export function listAside(repository: Repository, paths: readonly string[]): readonly Aside[] {
  const folder = join(repository.root, ".worktrees");
  // What a symbolic link leads to is not ours.
  const isOurs = isThere(folder) && realpathSync(folder) === join(realpathSync(repository.root), ".worktrees");
  const names = isOurs ? readdirSync(folder).flatMap((name) => mark.exec(name)?.[1] ?? []) : [];
  const all = new Set([...names.map((name) => join(folder, name)), ...paths]);
  return [...all].flatMap((path) => findAside(repository, path));
}

/** Ends what a removal was killed at. Returns whether that could be. To be called by whoever holds git's lock. */
export function endAside({ folder, path, fate, entry }: Aside): boolean {
  if (fate === "delete") return deleteFolder(folder);
  if (fate === "stuck" || !entry) return false;
  if (!isAlive({ ...entry, path: folder }) || !isSamePlace(entry.path, path)) linkWorktree(entry.folder, folder, path);
  return moveBack(path);
}

/** Throws ConflictError when something lies aside that could be neither brought back nor deleted. */
export function refuseStuck(repository: Repository, path: string): void {
  const [left] = findAside(repository, path);
  if (!left) return;
  throw new ConflictError(`${left.folder} is what was at ${path} before, and its removal was cut off`, {
    hint: "Look at it, and move it away.",
  });
}
