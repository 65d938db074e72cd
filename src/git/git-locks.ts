import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isThere } from "../system/is-there.ts";
import type { Repository } from "./find-repository.ts";

/** A lock file of git's, and for how many milliseconds nobody has written to it. */
export interface GitLock {
  readonly path: string;
  readonly age: number;
}

/** Those of the main worktree, of linked ones, and of our branches and pins. Whose they are nobody can tell. */
export function listGitLocks({ commonFolder }: Repository): readonly GitLock[] {
  const worktrees = join(commonFolder, "worktrees");
  const names = isThere(worktrees) ? readdirSync(worktrees) : [];
  const refs = ["refs/heads/iter", "refs/tree-autoresearch"].map((folder) => join(commonFolder, folder));
  return [
    ...locksIn(commonFolder, { deep: false }),
    ...names.flatMap((name) => locksIn(join(worktrees, name), { deep: false })),
    ...refs.flatMap((folder) => locksIn(folder, { deep: true })),
  ];
}

function locksIn(folder: string, { deep }: { readonly deep: boolean }): readonly GitLock[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
    const path = join(folder, each.name);
    if (each.isDirectory()) return deep ? locksIn(path, { deep }) : [];
    const made = each.isFile() && each.name.endsWith(".lock") && statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return made ? [{ path, age: Date.now() - made }] : [];
  });
}
