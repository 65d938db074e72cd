import { join } from "node:path";
import { withLock } from "../system/lock.ts";
import type { Repository } from "./find-repository.ts";
import { endAside, listAside } from "./leaving.ts";
import { dropEntries } from "./unfinished.ts";

const patience = 120_000;

export function gitLockOf({ commonFolder }: Repository): string {
  return join(commonFolder, "tree-autoresearch", "git.lock");
}

/** git cannot add or remove two worktrees at once: one process of ours at a time does. What killed ones left of that is ended first. Throws LockedError. */
export function withGitLock<T>(repository: Repository, purpose: string, work: () => Promise<T>): Promise<T> {
  return withLock(gitLockOf(repository), { purpose, patience }, () => {
    dropEntries(repository);
    for (const each of listAside(repository, [])) endAside(each);
    return work();
  });
}
