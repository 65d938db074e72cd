import { type Change, replaceNode } from "./change.ts";
import { requireNode } from "./find-node.ts";
import type { IterationTree } from "./iteration-tree.ts";

export interface SetCommitRequest {
  readonly id: string;
  /** full commit id */
  readonly commit: string;
  /** Where the commit was read when the node has no worktree of its own: the main worktree. */
  readonly branch?: string | undefined;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree with `commit` recorded as the node's exact code. Warns when its results were recorded at another one. */
export function setCommit(tree: IterationTree, { id, commit, branch, now }: SetCommitRequest): Change {
  const node = requireNode(tree, id);
  const worktree = node.worktree ?? { path: ".", branch: branch ?? "", commit: null };
  const seen = node.recorded?.commit;
  const warnings =
    node.results && seen && seen !== commit
      ? [
          `the results of '${id}' were recorded at ${seen.slice(0, 7)}, the commit is now ${commit.slice(0, 7)}: run again and record the results`,
        ]
      : [];
  if (worktree.commit === commit) return { tree, node, warnings };
  return replaceNode(tree, { ...node, worktree: { ...worktree, commit }, updated_at: now }, warnings);
}
