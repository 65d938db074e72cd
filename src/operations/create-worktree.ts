import { hasOwnWorktree, worktreeFor } from "../tree/add-node.ts";
import { replaceNode } from "../tree/change.ts";
import { findNode, requireNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { createRecorded, startOf } from "./add-node.ts";
import { requireSafeNames } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

/** Creates the node's worktree, again when it was removed: on its branch when that still is, else at its recorded commit, else where its parent is. Returns the absolute path. */
export async function createNodeWorktree(workspace: Workspace, id: string): Promise<string> {
  const tree = workspace.load();
  const node = requireNode(tree, id);
  const isOwn = hasOwnWorktree(node);
  const worktree = isOwn ? node.worktree : { ...worktreeFor(id), commit: node.worktree?.commit ?? null };
  const wanted: IterationNode = { ...node, worktree };
  requireSafeNames(wanted);
  const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
  const start = await startOf(workspace, worktree?.commit ? wanted : parent);
  const edited = await workspace.edit((now) => replaceNode(now, { ...requireNode(now, id), worktree }));
  return createRecorded(workspace, edited, { before: node, start });
}
