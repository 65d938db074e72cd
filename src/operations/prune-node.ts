import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import { pruneNode as pruneInTree, unpruneNode as unpruneInTree } from "../tree/prune-node.ts";
import { checkDroppable, dropWorktree } from "./drop-worktree.ts";
import { inGitTurn, type Workspace } from "./workspace.ts";

export interface PruneRequest {
  readonly id: string;
  readonly reason: string;
  readonly removeWorktree?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/** Marks a node as pruned, keeping its record; with `removeWorktree` also frees the disk. What would stop that is found before anything is written. */
export async function pruneNode(workspace: Workspace, request: PruneRequest): Promise<Change> {
  if (request.removeWorktree) await checkDroppable(workspace, requireNode(workspace.load(), request.id), request);
  const edited = await workspace.edit((tree) => pruneInTree(tree, { ...request, now: workspace.now() }));
  if (request.removeWorktree) await inGitTurn(workspace, () => dropWorktree(workspace, edited.node, request));
  return edited;
}

/** Brings a pruned node back, with its status and reason from before. Throws ConflictError when it is not pruned. */
export function unpruneNode(workspace: Workspace, id: string): Promise<Change> {
  return workspace.edit((tree) => unpruneInTree(tree, { id, now: workspace.now() }));
}
