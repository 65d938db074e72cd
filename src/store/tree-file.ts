import { join } from "node:path";
import { TreeFileNotFoundError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";

/** A tree file and the folder that keeps its lock, its history and its snapshot. */
export interface TreeFile {
  readonly path: string;
  readonly stateFolder: string;
  /** Whether that folder is in a repository's own: there a call that only looks may keep something, and only there it is believed. */
  readonly isHidden: boolean;
  /** The JSON Schema's path as a new file names it. */
  readonly schema: string;
}

export function treeLockOf({ stateFolder }: TreeFile): string {
  return join(stateFolder, "tree.lock");
}

export function historyOf({ stateFolder }: TreeFile): string {
  return join(stateFolder, "history");
}

/** The log of a history's folder. */
export function logOf(folder: string): string {
  return join(folder, "log");
}

/** Whether a file that is missing was there before, so that a program may be just saving it; not known to who may not look. */
export function isExpected(file: TreeFile): boolean {
  try {
    return isThere(logOf(historyOf(file)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return false;
    throw error;
  }
}

export function noTreeFile({ path }: TreeFile): TreeFileNotFoundError {
  return new TreeFileNotFoundError(`No tree file at ${path}`, {
    hint: "`add` creates it; or name another one with --file.",
  });
}
