import { deleteNode as deleteInTree, nodesToDelete, type DeleteRequest as TreeRequest } from "../tree/delete-node.ts";
import { checkDroppable, dropWorktree } from "./drop-worktree.ts";
import type { Workspace } from "./workspace.ts";

export interface DeleteRequest extends TreeRequest {
  readonly force?: boolean | undefined;
  /** Leaves worktree and branch where they are. */
  readonly keepWorktree?: boolean | undefined;
}

/** Deletes a node (with `recursive` all under it), its worktree and branch. Returns the ids, children first. Every node is checked before the first is touched. */
export async function deleteNode(workspace: Workspace, request: DeleteRequest): Promise<readonly string[]> {
  const nodes = nodesToDelete(workspace.load(), request);
  workspace.check((tree) => deleteInTree(tree, request));
  if (workspace.repository && !request.keepWorktree) {
    for (const node of nodes) await checkDroppable(workspace, node, request);
    for (const node of nodes) await dropWorktree(workspace, node, { force: request.force, withBranch: true });
  }
  await workspace.edit((tree) => deleteInTree(tree, request));
  return nodes.map((node) => node.node_id);
}
