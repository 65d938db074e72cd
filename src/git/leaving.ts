import { realpathSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import { deleteFolder } from "../system/delete-folder.ts";
import { isEmpty, isThere } from "../system/is-there.ts";
import { randomHex } from "../system/random-hex.ts";
import type { Repository } from "./find-repository.ts";
import {
  findNamed,
  isAlive,
  isSamePlace,
  linkWorktree,
  listEntries,
  namesIn,
  unlessForbidden,
  type WorktreeEntry,
} from "./worktree-entries.ts";

/*
 * A worktree that is to go is moved aside, where nobody finds it to write to it, and looked at once more: `.NAME.leaving`
 * beside its place. Whoever is killed meanwhile leaves it there, and it comes back: nobody knows yet what it holds. When
 * it was found to hold nothing it becomes `.NAME.gone-DIGITS`, in one step, and only then does git forget it: half a
 * folder, left by a removal that was cut off, is nobody's work. The digits are such as no other folder has by chance.
 */

const mark = /^\.(.+)\.(leaving|gone-[0-9a-f]{16})$/;

export function leavingOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.leaving`);
}

/** Moves the worktree at `path` aside. Returns where it is. Throws ConflictError when one that went before is there still, or the system does not let it move. */
export function moveAside(repository: Repository, path: string): string {
  refuseStuck(repository, path);
  const aside = leavingOf(path);
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
  const gone = join(dirname(path), `.${basename(path)}.gone-${randomHex(16)}`);
  renameSync(leavingOf(path), gone);
  return gone;
}

/** Back to its place, if that is free (an empty folder gives way) and the system lets it. Returns whether it is there. */
function moveBack(folder: string, path: string): boolean {
  if (!isFree(path)) return false;
  try {
    renameSync(folder, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

function isFree(path: string): boolean {
  return !isThere(path) || isEmpty(path);
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
  return asideIn(repository, dirname(path)).filter((each) => each.path === path);
}

/** All that is beside the nodes' worktrees and these. */
export function listAside(repository: Repository, paths: readonly string[]): readonly Aside[] {
  const folder = join(repository.root, ".worktrees");
  // What a symbolic link leads to is not ours.
  const isOurs = isThere(folder) && realpathSync(folder) === join(realpathSync(repository.root), ".worktrees");
  const wanted = new Set(paths);
  const folders = new Set(paths.map((path) => dirname(path)));
  return [...new Set([...(isOurs ? [folder] : []), ...folders])].flatMap((each) =>
    asideIn(repository, each).filter(({ path }) => wanted.has(path) || (isOurs && each === folder)),
  );
}

function asideIn(repository: Repository, parent: string): readonly Aside[] {
  return namesIn(parent).flatMap((name): Aside[] => {
    const [, of, stage] = mark.exec(name) ?? [];
    if (of === undefined) return [];
    const [folder, path] = [join(parent, name), join(parent, of)];
    const judge = (): Aside => {
      const entry = entryOf(repository, folder, path);
      const fate = entry && isFree(path) ? "back" : !entry && stage !== "leaving" ? "delete" : "stuck";
      return { folder, path, fate, entry };
    };
    return [unlessForbidden(judge, { folder, path, fate: "stuck", entry: undefined })];
  });
}

/** What git keeps of the worktree in `folder`, which was at `path`; undefined when it has forgotten it. */
function entryOf(repository: Repository, folder: string, path: string): WorktreeEntry | undefined {
  const entries = listEntries(repository);
  const own = entries.find((each) => isSamePlace(each.path, path) && isAlive({ ...each, path: folder }));
  // The repository may have been moved, or copied, since.
  return own ?? findNamed(folder, entries);
}

/** Ends what a removal was killed at. Returns whether that could be. To be called by whoever holds git's lock. */
export function endAside({ folder, path, fate, entry }: Aside): boolean {
  if (fate === "delete") return deleteFolder(folder);
  if (fate === "stuck" || !entry) return false;
  if (!isAlive({ ...entry, path: folder }) || !isSamePlace(entry.path, path)) linkWorktree(entry.folder, folder, path);
  return moveBack(folder, path);
}

/** Throws ConflictError when something lies aside that may be somebody's work, and could not be brought back. */
export function refuseStuck(repository: Repository, path: string): void {
  const left = findAside(repository, path).find(({ fate }) => fate !== "delete");
  if (!left) return;
  throw new ConflictError(`${left.folder} is what was at ${path} before, and its removal was cut off`, {
    hint: "Look at it, and move it away.",
  });
}
