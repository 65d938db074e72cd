import { isFullId } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { listEntries, type WorktreeEntry } from "./worktree-state.ts";

/** What a repository holds, looked at once. */
export interface Survey {
  /** commit by branch name */
  readonly branches: ReadonlyMap<string, string>;
  readonly entries: readonly WorktreeEntry[];
  /** those of the commits asked for that git does not have */
  readonly missing: ReadonlySet<string>;
  /** those that no branch, tag or pin leads to: git may collect them at any time */
  readonly unreachable: ReadonlySet<string>;
}

/** So many commit ids are given to one git process: a command line has an end. */
const mostAtOnce = 400;

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
  const known = new Set<string>();
  const unreachable = new Set<string>();
  // Whatever else stands in a tree file could be an option to git.
  const ids = commits.filter(isFullId);
  for (let i = 0; i < ids.length; i += mostAtOnce) {
    const some = ids.slice(i, i + mostAtOnce);
    for (const id of await listed("--no-walk=unsorted", ...some)) known.add(id);
    const lost = new Set(await listed(...some, "--not", "--branches", "--tags", "--glob=refs/tree-autoresearch"));
    for (const id of some) if (lost.has(id)) unreachable.add(id);
  }
  const missing = new Set(commits.filter((id) => !known.has(id)));
  return { branches, entries: listEntries(repository), missing, unreachable };

  async function listed(...args: readonly string[]): Promise<readonly string[]> {
    return (await git("rev-list", "--ignore-missing", ...args)).split("\n").filter(Boolean);
  }
}
