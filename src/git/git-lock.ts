import { join } from "node:path";
import { withLock } from "../system/lock.ts";
import type { Repository } from "./find-repository.ts";

const patience = 120_000;

/** git cannot add or remove two worktrees at once: one process of ours at a time does. Throws LockedError. */
export function withGitLock<T>(repository: Repository, purpose: string, work: () => Promise<T>): Promise<T> {
  const path = join(repository.commonFolder, "tree-autoresearch", "git.lock");
  return withLock(path, { purpose, patience }, work);
}
