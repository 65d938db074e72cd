import { ConflictError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { deleteNode as deleteInTree, nodesToDelete, type DeleteRequest as TreeRequest } from "../tree/delete-node.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { refuseRunning } from "./is-live.ts";
import { inGitTurn, type Workspace } from "./workspace.ts";

export interface DeleteRequest extends TreeRequest {
  readonly force?: boolean | undefined;
  /** Leaves worktree and branch where they are. */
  readonly keepWorktree?: boolean | undefined;
}

/** Deletes a node (with `recursive` all under it), its worktree and branch. Returns the ids, children first. Every node is checked before the first is touched; what others add under them meanwhile stays. */
export async function deleteNode(workspace: Workspace, request: DeleteRequest): Promise<readonly string[]> {
  if (!touchesGit(nodesToDelete(await workspace.load(), request), request)) return deleteAll(workspace, request, false);
  // The tree follows in the same turn: what git lacks, and the tree still names, would look like damage to `doctor`.
  return inGitTurn(workspace, () => deleteAll(workspace, request, true));
}

function touchesGit(nodes: readonly IterationNode[], { keepWorktree }: DeleteRequest): boolean {
  return !keepWorktree && nodes.some(hasOwnWorktree);
}

async function deleteAll(workspace: Workspace, request: DeleteRequest, isInTurn: boolean): Promise<readonly string[]> {
  const nodes = nodesToDelete(await workspace.load(), request);
  if (!isInTurn && touchesGit(nodes, request)) return deleteNode(workspace, request);
  nodes.forEach(refuseRunning);
  const ids = nodes.map(({ node_id }) => node_id);
  const dropped: string[] = [];
  try {
    if (isInTurn) {
      const { checkDroppable, dropWorktree } = await import("./drop-worktree.ts");
      await workspace.check((tree) => deleteInTree(tree, request));
      for (const node of nodes) await checkDroppable(workspace, node, request);
      for (const node of nodes)
        if (await dropWorktree(workspace, node, { force: request.force, withBranch: true })) dropped.push(node.node_id);
    }
    let isOvertaken = false;
    await workspace.edit((tree) => {
      // One of them got its worktree just now.
      isOvertaken = !isInTurn && touchesGit(nodesToDelete(tree, request), request);
      if (isOvertaken) return { tree, node: requireNode(tree, request.id), warnings: [] };
      refuseAdded(tree, request, ids);
      return deleteInTree(tree, request);
    });
    if (isOvertaken) return deleteNode(workspace, request);
  } catch (error) {
    if (dropped.length > 0 && !workspace.dryRun) workspace.warn(`removed already: ${describeDropped(dropped)}`);
    throw error;
  }
  return ids;
}

function describeDropped(ids: readonly string[]): string {
  const again = ids.map((id) => `tree-autoresearch worktree --id ${shellWord(id)} --create`).join("; ");
  return `the worktrees of ${ids.join(", ")}, whose records stay; each begins again where it was with: ${again}`;
}

/** Throws ConflictError when somebody added a node under those that are to go. */
function refuseAdded(tree: IterationTree, request: DeleteRequest, checked: readonly string[]): void {
  const added = nodesToDelete(tree, { ...request, recursive: true }).find(({ node_id }) => !checked.includes(node_id));
  if (!added) return;
  throw new ConflictError(`'${added.node_id}' was added under '${added.parent_id}' while that was being deleted`, {
    hint: `No record is deleted. Look at it: tree-autoresearch get --id ${shellWord(added.node_id)}; then try again.`,
  });
}
