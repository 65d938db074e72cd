import { asTreeError, LockedError, NotFoundError, type TreeError } from "../errors.ts";
import { requireNode } from "../tree/find-node.ts";
import type { Status } from "../tree/iteration-tree.ts";
import { listNodes } from "../tree/list-nodes.ts";
import { dropWorktree } from "./drop-worktree.ts";
import { findWorktree } from "./read-worktree.ts";
import { inGitTurn, type Workspace } from "./workspace.ts";

export interface RemoveRequest {
  readonly id?: string | undefined;
  /** All nodes that have (or, under a pruned one, count as having) this status. */
  readonly status?: Status | undefined;
  readonly force?: boolean | undefined;
}

/** What became of each node's worktree. */
export interface Removal {
  readonly node_id: string;
  readonly removed: boolean;
  /** Why it stays. */
  readonly error?: TreeError | undefined;
}

/** Removes the worktrees of one node or of many; records and branches stay. Of many, those that cannot be removed are reported beside the others. */
export async function removeWorktrees(
  workspace: Workspace,
  { id, status, force }: RemoveRequest,
): Promise<readonly Removal[]> {
  const tree = await workspace.load();
  if (id !== undefined) {
    requireNode(tree, id);
    // Others may have gone on while this call waited for its turn.
    const drop = async () => dropWorktree(workspace, requireNode(await workspace.load(), id), { force });
    if (await inGitTurn(workspace, drop)) return [{ node_id: id, removed: true }];
    throw new NotFoundError(`'${id}' has no worktree that could be removed`, { hint: "Nothing was done." });
  }
  const removals: Removal[] = [];
  for (const { node_id } of listNodes(tree, { status })) {
    try {
      const node = requireNode(tree, node_id);
      if (!(await findWorktree(workspace, node))?.isOwn) continue;
      const drop = async () => {
        const still = listNodes(await workspace.load(), { status }).some((each) => each.node_id === node_id);
        return still && dropWorktree(workspace, requireNode(await workspace.load(), node_id), { force });
      };
      if (await inGitTurn(workspace, drop)) removals.push({ node_id, removed: true });
    } catch (error) {
      const known = asTreeError(error);
      workspace.plan.steps.push(`keep the worktree of ${node_id}: ${known.message}`);
      removals.push({ node_id, removed: false, error: known });
      // Each of the others would wait as long, for the same holder.
      if (known instanceof LockedError) break;
    }
  }
  return removals;
}
