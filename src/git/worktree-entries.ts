import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConflictError } from "../errors.ts";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { isThere } from "../system/is-there.ts";
import { readText } from "../system/read-text.ts";
import type { Repository } from "./find-repository.ts";

/** What git keeps of one linked worktree. */
export interface WorktreeEntry {
  /** git's folder for it, within the common folder */
  readonly folder: string;
  /** Where git believes the worktree to be; absolute. */
  readonly path: string;
  /** undefined when its HEAD is detached */
  readonly branch: string | undefined;
}

export function listEntries(repository: Repository): readonly WorktreeEntry[] {
  return entryFolders(repository).flatMap((folder): WorktreeEntry[] => {
    const path = placeOf(folder);
    return path === undefined ? [] : [entryAt(folder, path)];
  });
}

/** Of hundreds of worktrees, one is asked for its branch: only then is it read. */
function entryAt(folder: string, path: string): WorktreeEntry {
  return {
    ...{ folder, path },
    get branch() {
      return /^ref: refs\/heads\/(.+)$/.exec(readText(join(folder, "HEAD")).trim())?.[1];
    },
  };
}

/** git's folders, one a linked worktree, whatever is in them. */
export function entryFolders({ commonFolder }: Repository): readonly string[] {
  return foldersIn(join(commonFolder, "worktrees"));
}

/** What git keeps of the worktree at `path`, also when the folder is gone; undefined when git knows none there. */
export function findEntry(repository: Repository, path: string): WorktreeEntry | undefined {
  const entries = listEntries(repository);
  const named = entries.find((each) => each.path === path);
  if (named) return named;
  const placeIn = realPlaces();
  const place = placeIn(path);
  return entries.find((each) => placeIn(each.path) === place);
}

/** realPlace for many that lie beside each other. */
function realPlaces(): (path: string) => string {
  const parents = new Map<string, string>();
  return (path) => {
    const parent = dirname(path);
    const known = parents.get(parent) ?? realPlace(parent);
    parents.set(parent, known);
    return isPlain(path) ? join(known, basename(path)) : realPlace(path);
  };
}

/** git may know a place by another name, as through a symbolic link. */
export function isSamePlace(a: string, b: string): boolean {
  return a === b || realPlace(a) === realPlace(b);
}

/** Whether it can be seen that there is no symbolic link. */
function isPlain(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** Without symbolic links, as far as there is something; the path itself where this user may not look. */
function realPlace(path: string): string {
  try {
    return isThere(path) || dirname(path) === path
      ? realpathSync(path)
      : join(realPlace(dirname(path)), basename(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return path;
  }
}

/** Where the worktree of this entry is to be, as git believes; undefined when the entry does not say. */
function placeOf(entry: string): string | undefined {
  // Relative to the entry where git is told so (worktree.useRelativePaths).
  const named = readText(join(entry, "gitdir")).trim();
  return named === "" ? undefined : dirname(resolve(entry, named));
}

/** git's folder that the worktree at `path` names as its own; undefined when it names none. */
function entryNamedAt(path: string): string | undefined {
  const [, named] = /^gitdir: (.+)$/.exec(readText(join(path, ".git")).trim()) ?? [];
  return named === undefined ? undefined : resolve(path, named);
}

/** Whether the entry believes its worktree to be at `path`: else it was moved without git, or copied. */
export function isPlacedAt(entry: string, path: string): boolean {
  const place = placeOf(entry);
  return place !== undefined && isSamePlace(place, path);
}

/** Whether the worktree of this entry, a folder, lies somewhere else than in `folder`. */
export function isPlacedElsewhere(entry: string, folder: string): boolean {
  const path = placeOf(entry);
  return path !== undefined && !isSamePlace(path, folder) && isOf(entry, path);
}

/** Whether entry and worktree know each other. */
export function isAlive({ folder, path }: WorktreeEntry): boolean {
  return isOf(folder, path);
}

function isOf(entry: string, path: string): boolean {
  const named = entryNamedAt(path);
  return named !== undefined && isSamePlace(named, entry);
}

/** Where the worktree of this entry is, wherever git believes it to be: beside `path`, in `.worktrees`, or one folder deeper. */
export function findMoved(root: string, path: string, { folder }: WorktreeEntry): string | undefined {
  const parents = new Set([dirname(path), join(root, ".worktrees")]);
  // What a symbolic link leads to is not where a worktree may be.
  const isOwn = (each: string) => unlessForbidden(() => !lstatSync(each).isSymbolicLink(), false);
  const beside = [...parents].flatMap(foldersIn).filter(isOwn);
  const isHere = (each: string) => unlessForbidden(() => isOf(folder, each), false);
  return beside.find(isHere) ?? beside.flatMap((each) => (isLinked(each) ? [] : foldersIn(each))).find(isHere);
}

function foldersIn(parent: string): readonly string[] {
  return namesIn(parent).map((name) => join(parent, name));
}

/** A worktree, or a repository: what lies in it is not searched. */
function isLinked(folder: string): boolean {
  return unlessForbidden(() => isThere(join(folder, ".git")), true);
}

/** Throws ConflictError when the worktree of this entry, which is not at `path` any more, was moved without git. */
export function refuseMoved({ root }: Repository, path: string, entry: WorktreeEntry): void {
  const moved = findMoved(root, path, entry);
  if (moved === undefined) return;
  throw new ConflictError(`${path} was moved to ${moved} without git`, { hint: "Run: tree-autoresearch doctor --fix" });
}

/** Whether git can read this entry, a folder: one of its own that was killed may have deleted half of it, or a power failure emptied it. */
export function isWhole(entry: string): boolean {
  return ["gitdir", "commondir", "HEAD"].every((name) => readText(join(entry, name)) !== "");
}

/**
 * The entry that the folder at `path` says it belongs to, if that is one of these, wherever the repository was then: in
 * a copy the folder still names the original's entry. Not one whose worktree is elsewhere, nor a folder that another
 * repository has here.
 */
export function findNamed(path: string, entries: readonly WorktreeEntry[]): WorktreeEntry | undefined {
  const named = entryNamedAt(path);
  if (named === undefined || basename(dirname(named)) !== "worktrees" || isPlacedAt(named, path)) return undefined;
  return entries.find((entry) => basename(entry.folder) === basename(named) && !isAlive(entry));
}

/**
 * Makes git's entry and a worktree, which lies at `folder`, know each other; `path` is where it is to be found from now on.
 * Absolute, also where git was told to write relative paths: the two may be on their way to another place. Each file is
 * replaced as a whole: half a path is another one. (`git worktree repair` follows what the worktree says, and in a copy
 * of a repository that is the original.)
 */
export function linkWorktree(entry: string, folder: string, path = folder): void {
  atomicWrite(join(entry, "gitdir"), Buffer.from(`${join(path, ".git")}\n`));
  const link = join(folder, ".git");
  // A worktree is its owner's: nothing of a try that was killed stays in it.
  removeLeftovers(link);
  atomicWrite(link, Buffer.from(`gitdir: ${entry}\n`));
}

/** What is in a folder; nothing where there is none, or this user may not look. */
export function namesIn(folder: string): readonly string[] {
  return unlessForbidden(
    () => (statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : []),
    [],
  );
}

/** `otherwise` for what lies in another user's folder, who alone may look into it. */
export function unlessForbidden<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return otherwise;
    throw error;
  }
}
