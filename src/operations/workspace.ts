import { dirname } from "node:path";
import { ConflictError } from "../errors.ts";
import type { Repository } from "../git/find-repository.ts";
import type { GitTurn } from "../git/git-lock.ts";
import type { Edited } from "../store/edit-tree-file.ts";
import type { Restored, RestoreRequest } from "../store/restore-version.ts";
import type { TreeFile } from "../store/tree-file.ts";
import type { Change } from "../tree/change.ts";
import type { TreeDifference } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";

/** A tree file, the repository that it lies in, and the folder for everything else that is kept. */
export interface Workspace {
  readonly file: TreeFile;
  readonly repository: Repository | undefined;
  readonly cwd: string;
  readonly dryRun: boolean;
  /** What the caller is doing, shown to those who wait for a lock. */
  readonly purpose: string;
  /** What this workspace did, or in a dry run would have done. */
  readonly plan: Plan;
  readonly now: () => string;
  readonly warn: (message: string) => void;
  load(): Promise<IterationTree>;
  /** The same when the parents in the file may make no tree. */
  loadNodes(): Promise<IterationTree>;
  /** Applies a pure change under the lock; in a dry run only plans it. */
  edit(change: (tree: IterationTree) => Change, options?: ChangeOptions): Promise<Edited>;
  /** Takes away the file that an edit began, unless somebody has changed it since. Returns whether it did. */
  forget(begun: Edited): Promise<boolean>;
  /** Makes the file what it was in a version. Throws ConflictError when its history is not `seen` any more, and what `check` throws. */
  restore(request: RestoreRequest): Promise<Restored>;
  /** Throws what `edit` would throw for this change; for what must not be begun when the file cannot follow. */
  check(change: (tree: IterationTree) => Change): Promise<void>;
  /** Does something outside of the tree file; in a dry run only plans it. */
  perform(step: string, action: () => void | Promise<void>): Promise<void>;
}

interface ChangeOptions {
  /** Whether a missing file is begun. */
  readonly create?: boolean;
  /** Whether the change mends parents that make no tree. */
  readonly mends?: boolean;
  /** Whether attempts that nobody is behind any more are recorded first, as by default. */
  readonly settles?: boolean;
}

/** Steps in the order in which they happen, and in a dry run what would differ in the tree. */
export interface Plan {
  readonly steps: string[];
  readonly differences: TreeDifference[];
}

/** The repository of the tree file. Throws ConflictError without one. */
export function requireRepository({ repository, file }: Workspace): Repository {
  if (repository) return repository;
  throw new ConflictError(`${dirname(file.path)} is not in a git repository, and this needs one`, {
    hint: 'Run: git init && git add -A && git commit -m "baseline"',
  });
}

/** Runs `work` while nobody else of us changes git's worktrees; in a dry run, and without a repository, nothing is waited for. */
export async function inGitTurn<T>(
  { repository, dryRun, purpose }: Workspace,
  work: () => Promise<T>,
  { leavesAside }: Pick<GitTurn, "leavesAside"> = {},
): Promise<T> {
  if (!repository || dryRun) return work();
  const { withGitLock } = await import("../git/git-lock.ts");
  return withGitLock(repository, { purpose, leavesAside }, work);
}
