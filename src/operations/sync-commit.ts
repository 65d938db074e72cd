import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import { setCommit } from "../tree/set-commit.ts";
import { type CommitRequest, settleCommit } from "./settle-commit.ts";
import type { Workspace } from "./workspace.ts";

export interface SyncRequest extends CommitRequest {
  readonly id: string;
}

/** Records the worktree's HEAD as the node's exact code. Throws DirtyWorktreeError, NotFoundError, GitError. */
export async function syncCommit(
  workspace: Workspace,
  request: SyncRequest,
): Promise<Change & { readonly commit: string }> {
  const node = requireNode(await workspace.load(), request.id);
  const { commit, branch, pin } = await settleCommit(workspace, node, request);
  await pin();
  let isOvertaken = false;
  const edited = await workspace.edit((tree) => {
    const now = requireNode(tree, node.node_id);
    isOvertaken = now.worktree?.commit !== node.worktree?.commit;
    if (isOvertaken) return { tree, node: now, warnings: [] };
    return setCommit(tree, { id: node.node_id, commit, branch, now: workspace.now() });
  });
  // Another sync recorded a commit meanwhile, perhaps a later one than we looked at: we look again.
  return isOvertaken ? syncCommit(workspace, { id: node.node_id, allowDirty: true }) : { ...edited, commit };
}
