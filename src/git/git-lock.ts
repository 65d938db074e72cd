import { join } from "node:path";
import { withLock } from "../system/lock.ts";
import type { Repository } from "./find-repository.ts";
import { endAside, listAside } from "./leaving.ts";
import { dropEntries } from "./unfinished.ts";

const patience = 120_000;

export function gitLockOf({ commonFolder }: Repository): string {
  return join(commonFolder, "tree-autoresearch", "git.lock");
}

export interface GitTurn {
  /** Shown to those who wait. */
  readonly purpose: string;
  /** Whether what removals left aside stays, for one who looks at it himself. */
  readonly leavesAside?: boolean | undefined;
}

/** git cannot add or remove two worktrees at once: one process of ours at a time does. What killed ones left of that is ended first. Throws LockedError. */
export function withGitLock<T>(
  repository: Repository,
  { purpose, leavesAside = false }: GitTurn,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(gitLockOf(repository), { purpose, patience }, () => {
    dropEntries(repository);
    if (!leavesAside) for (const each of listAside(repository, [])) endAside(each);
    return work();
  });
}
