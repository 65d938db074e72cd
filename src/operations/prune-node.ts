import { ConflictError } from "../errors.ts";
import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { pruneNode as pruneInTree, unpruneNode as unpruneInTree } from "../tree/prune-node.ts";
import { inGitTurn, type Workspace } from "./workspace.ts";

export interface PruneRequest {
  readonly id: string;
  readonly reason: string;
  readonly removeWorktree?: boolean | undefined;
  readonly force?: boolean | undefined;
}

/** Marks a node as pruned, keeping its record; with `removeWorktree` also frees the disk. What would stop that is found before anything is written. */
export async function pruneNode(workspace: Workspace, request: PruneRequest): Promise<Change> {
  const worktrees = request.removeWorktree ? await import("./drop-worktree.ts") : undefined;
  await worktrees?.checkDroppable(workspace, requireNode(await workspace.load(), request.id), request);
  const edited = await workspace.edit((tree) => pruneInTree(tree, { ...request, now: workspace.now() }));
  if (worktrees) {
    const drop = async () => worktrees.dropWorktree(workspace, await stillPruned(workspace, edited.node), request);
    await inGitTurn(workspace, drop);
  }
  return edited;
}

/** The node as it is now; others may have gone on while this call waited for its turn. Throws ConflictError. */
async function stillPruned(workspace: Workspace, pruned: IterationNode): Promise<IterationNode> {
  if (workspace.dryRun) return pruned;
  const node = requireNode(await workspace.load(), pruned.node_id);
  if (node.status === "pruned") return node;
  throw new ConflictError(`'${node.node_id}' was brought back while this call waited for its turn`, {
    hint: "Its worktree stays.",
  });
}

/** Brings a pruned node back, with its status and reason from before. Throws ConflictError when it is not pruned. */
export function unpruneNode(workspace: Workspace, id: string): Promise<Change> {
  return workspace.edit((tree) => unpruneInTree(tree, { id, now: workspace.now() }));
}
