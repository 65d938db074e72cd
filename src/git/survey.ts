import { findKnown, findUnreachable, isFullId } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { listEntries, type WorktreeEntry } from "./worktree-entries.ts";

/** What a repository holds, looked at once. */
export interface Survey {
  /** commit by branch name */
  readonly branches: ReadonlyMap<string, string>;
  readonly entries: readonly WorktreeEntry[];
  /** those of the commits asked for that git does not have */
  readonly missing: ReadonlySet<string>;
  /** those that no branch (also of a remote), tag or pin leads to: git may collect them at any time */
  readonly unreachable: ReadonlySet<string>;
}

/** `commits` may be anything; what is no full id is missing. */
export async function surveyRepository(repository: Repository, commits: readonly string[]): Promise<Survey> {
  const git = gitIn(repository.root);
  const refs = await git("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads");
  const branches = new Map(
    refs
      .split("\n")
      .map((line) => line.split(" refs/heads/"))
      .flatMap(([id, name]) => (id && name ? [[name, id] as const] : [])),
  );
  // Whatever else stands in a tree file could be an option to git.
  const ids = commits.filter(isFullId);
  const [known, unreachable] = [await findKnown(git, ids), await findUnreachable(git, ids, ["--all"])];
  const missing = new Set(commits.filter((id) => !known.has(id)));
  return { branches, entries: listEntries(repository), missing, unreachable };
}
