import { findCommit, isFullId } from "../git/commits.ts";
import type { Repository } from "../git/find-repository.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import type { Survey } from "../git/survey.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { idRule, isSafeId } from "../tree/node-id.ts";
import type { Fault } from "./fault.ts";

/** The commits that each node names, as full ids where git knows them; another tool may have written short ones. */
export async function fullIds(
  { root }: Repository,
  { nodes }: IterationTree,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const git = gitIn(root);
  const ids = new Map<string, readonly string[]>();
  for (const { node_id, worktree, recorded } of nodes) {
    const named = [...new Set([worktree?.commit, recorded?.commit].filter((id) => id != null))];
    const full: string[] = [];
    for (const id of named) full.push(isFullId(id) ? id : ((await findCommit(git, id)) ?? id));
    ids.set(node_id, full);
  }
  return ids;
}

/** Commits that are not there, or that git may collect. */
export function examineCommits(
  { root }: Repository,
  { node_id }: IterationNode,
  commits: readonly string[],
  { missing, unreachable }: Survey,
): readonly Fault[] {
  return commits.flatMap((commit): Fault[] => {
    const short = commit.slice(0, 7);
    if (missing.has(commit)) {
      const message = `this repository does not have the commit ${short}; fetch it from the clone that made it`;
      return [{ code: "commit-missing", node_id, message, fix: null }];
    }
    if (!unreachable.has(commit)) return [];
    const message = `no branch, tag or pin leads to the commit ${short}, so git may collect it`;
    const base = { code: "commit-unreachable", node_id } as const;
    if (!isSafeId(node_id)) return [{ ...base, message: `${message}. ${idRule} So it is not pinned`, fix: null }];
    const mend = async () => void (await pinCommit(gitIn(root), node_id, commit));
    return [{ ...base, message, fix: `pin ${short}`, mend }];
  });
}
