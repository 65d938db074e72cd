import { readdirSync, statSync } from "node:fs";

const absent = new Set(["ENOTDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"]);

/**
 * Whether something is at `path`, or where its link leads. Throws when the system cannot tell, where `existsSync` says
 * no: a repository that is taken for absent would mean another lock, a worktree that is, results without their commit.
 */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (absent.has((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** Whether a folder holds nothing; what is no folder does. */
export function isEmpty(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}
