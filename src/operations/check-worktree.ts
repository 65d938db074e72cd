import { ConflictError } from "../errors.ts";
import { findCommit, requireCommit } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { requireInside } from "../git/path-jail.ts";
import { isThere } from "../system/is-there.ts";
import { addNode as addToTree, type AddRequest as TreeRequest } from "../tree/add-node.ts";
import { findNode } from "../tree/find-node.ts";
import { emptyTree, type Worktree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { startOf } from "./branch-start.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** The full id of the commit that a new worktree is to start from. Throws NotFoundError. */
export function requireRevision(workspace: Workspace, revision: string): Promise<string> {
  return requireCommit(gitIn(requireRepository(workspace).root), revision);
}

/** Finds what would stop git before anything is written. Returns the commit that the branch is to begin at. */
export async function checkWorktree(workspace: Workspace, request: TreeRequest): Promise<string> {
  requireRepository(workspace);
  const tree = isThere(workspace.file.path) ? await workspace.load() : emptyTree;
  const { node, tree: after } = addToTree(tree, request);
  requireSafeNames(node);
  const existing = findNode(tree, node.node_id);
  if (!existing || !hasOwnWorktree(existing)) await requireFree(workspace, node.worktree as Worktree);
  return startOf(workspace, after, node);
}

async function requireFree(workspace: Workspace, { path: named, branch }: Worktree): Promise<void> {
  const { root } = requireRepository(workspace);
  const path = requireInside(root, named, "worktree.path");
  if (await findCommit(gitIn(root), `refs/heads/${branch}`)) {
    throw new ConflictError(`The branch '${branch}' exists already, and no node of the tree owns it`, {
      hint: `Choose another --id. What is on it: git log ${branch}. If its node was deleted: tree-autoresearch history, undo.`,
    });
  }
  if (isThere(path)) {
    throw new ConflictError(`The folder ${path} exists already, and no node of the tree owns it`, {
      hint: "Choose another --id, or move the folder away. If its node was deleted: tree-autoresearch history, undo.",
    });
  }
}
