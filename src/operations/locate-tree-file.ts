import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { findRepository, type Repository } from "../git/find-repository.ts";
import { isThere } from "../system/is-there.ts";

export const defaultName = "ITERATION_TREE.yaml";

export interface Place {
  readonly cwd: string;
  /** What the caller named, by position, --file or environment. */
  readonly named?: string | undefined;
}

/** Where the tree file is or would be; `looked` are all the places that were tried, in order. */
export interface Location {
  readonly path: string;
  readonly exists: boolean;
  readonly looked: readonly string[];
  /** A checked-out copy in the caller's linked worktree, which is never read. */
  readonly ignoredCopy?: string | undefined;
}

/** Finds the tree file: by its name, else at the root of the main worktree, else (without git) upward from the caller's folder. */
export function locateTreeFile({ cwd, named }: Place, find = findRepository): Location {
  const repository = find(cwd);
  const looked = named === undefined ? defaultPlaces(cwd, repository) : namedPlaces(named, cwd, repository);
  const found = looked.find((path) => isThere(path));
  // The reference's spelling from a subfolder names the one tree, and begins no second one.
  const begun = named === defaultName ? looked.at(-1) : looked[0];
  const path = found ?? (begun as string);
  const copy = repository && copyOf(path, repository);
  return { path, exists: found !== undefined, looked, ignoredCopy: copy && isThere(copy) ? copy : undefined };
}

function defaultPlaces(cwd: string, repository: Repository | undefined): readonly string[] {
  if (repository) return [join(repository.root, defaultName)];
  const places: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    places.push(join(folder, defaultName));
    if (dirname(folder) === folder) return places;
  }
}

/** A name that would lie in a linked worktree means the same place in the main one. */
function namedPlaces(named: string, cwd: string, repository: Repository | undefined): readonly string[] {
  const literal = resolve(cwd, named);
  if (isAbsolute(named) || !repository) return [literal];
  const within = relative(repository.here, literal);
  const isInLinked = repository.here !== repository.root && !within.startsWith("..");
  const first = isInLinked ? join(repository.root, within) : literal;
  return [...new Set([first, resolve(repository.root, named)])].filter(
    (path) => !relative(repository.root, path).startsWith("..") || path === literal,
  );
}

function copyOf(path: string, { root, here }: Repository): string | undefined {
  const within = relative(root, path);
  return here === root || within.startsWith("..") ? undefined : join(here, within);
}
