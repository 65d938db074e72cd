import { findCommit, isAncestor, madeSince, requireCommit, requireHead } from "../git/commits.ts";
import { type Git, gitIn } from "../git/git.ts";
import { findTip, type NodeName } from "../git/pins.ts";
import { findNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** Where the node's branch begins: at its own recorded commit, else where `add --from` said, else where its parent is: the recorded commit, the branch, where that is to begin, HEAD. */
export async function startOf(workspace: Workspace, tree: IterationTree, node: IterationNode): Promise<string> {
  const git = gitOf(workspace);
  const own = hasOwnWorktree(node) ? (node.worktree?.commit ?? node.worktree?.from) : node.worktree?.commit;
  if (own) return requireCommit(git, own);
  const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
  const { commit, branch, from } = parent?.worktree ?? {};
  if (commit) return requireCommit(git, commit);
  const tip = branch && (await findCommit(git, `refs/heads/${branch}`));
  const left = parent && branch ? await findTip(git, nameOf(parent)) : undefined;
  return tip || left || (from ? requireCommit(git, from) : requireHead(git));
}

function nameOf({ node_id, created_at }: IterationNode): NodeName {
  return { id: node_id, created: created_at };
}

/** Where a branch that is gone was: what it was at when we deleted it, unless a commit was recorded that this does not hold. */
export async function lastTip(workspace: Workspace, node: IterationNode): Promise<string | undefined> {
  const git = gitOf(workspace);
  const { commit } = node.worktree ?? {};
  const [left, recorded] = [await findTip(git, nameOf(node)), commit ? await findCommit(git, commit) : undefined];
  return left && recorded && !(await isAncestor(git, recorded, left)) ? recorded : (left ?? recorded);
}

/**
 * The same for a node that had its worktree before: its branch when that still is, else what that was at when it was
 * deleted, or is at in the repository which this one was cloned from. Of another node that had the same id it is neither.
 */
export async function startAgain(workspace: Workspace, tree: IterationTree, node: IterationNode): Promise<string> {
  const git = gitOf(workspace);
  const { commit, branch } = node.worktree ?? {};
  const tip = await findCommit(git, `refs/heads/${branch}`);
  const last = tip ?? (await lastTip(workspace, node));
  if (last || commit) return last ?? startOf(workspace, tree, node);
  const start = await startOf(workspace, tree, node);
  const cloned = await findCommit(git, `refs/remotes/origin/${branch}`);
  // An older node of the same id would have begun elsewhere, or have ended before this one began.
  const isOfThis = cloned && (await isAncestor(git, start, cloned)) && (await madeSince(git, cloned, node.created_at));
  return isOfThis ? cloned : start;
}

function gitOf(workspace: Workspace): Git {
  return gitIn(requireRepository(workspace).root);
}
