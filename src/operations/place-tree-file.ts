import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { ConflictError } from "../errors.ts";
import { findRepository, type Repository } from "../git/find-repository.ts";
import type { TreeFile } from "../store/tree-file.ts";
import { isThere } from "../system/is-there.ts";

export const schemaName = "iteration-tree.schema.json";

/** The file may be a symbolic link, also to somewhere else: the repository is the one in which the link lies. */
export function requirePath(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && !isThere(path)) {
    throw new ConflictError(`${path} is a symbolic link to a file that does not exist`, {
      hint: "Remove the link, or mend it.",
    });
  }
  const folder = dirname(path);
  return isThere(folder) ? join(realpathSync(folder), basename(path)) : path;
}

/**
 * Lock and history are those of the file that a link leads to: two links to one file are one file. Without a repository
 * around it they lie beside it.
 */
export function placeTreeFile(path: string, find = findRepository): TreeFile {
  const real = realPath(path);
  const folder = dirname(real);
  const home = find(folder);
  const stateFolder = home
    ? join(home.commonFolder, "tree-autoresearch", placeIn(home, real))
    : join(folder, ".tree-autoresearch", basename(real));
  const schema = relative(dirname(path), join(stateFolder, schemaName)).split(sep).join("/");
  return { path, stateFolder, isHidden: home !== undefined, schema: encodeURI(schema) };
}

/** An editor may have renamed the file away just now. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return path;
    throw error;
  }
}

/** A worktree may lie outside of the main one, and have a tree file of its own. */
function placeIn({ root }: Repository, file: string): string {
  const inside = relative(root, file);
  return inside.startsWith("..") ? join("outside", file) : inside;
}
