import { worktreeFor } from "../tree/add-node.ts";
import { replaceNode } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { requireSafeId } from "../tree/node-id.ts";
import { ensureWorktree, startOf } from "./add-node.ts";
import type { Workspace } from "./workspace.ts";

/** Creates the node's worktree, again when it was removed: on its branch when that still is, else at its recorded commit, else where its parent is. Returns the absolute path. */
export async function createNodeWorktree(workspace: Workspace, id: string): Promise<string> {
  const tree = workspace.load();
  const node = requireNode(tree, id);
  requireSafeId(node.node_id);
  const isOwn = node.worktree !== null && node.worktree.path !== ".";
  const worktree = isOwn ? node.worktree : { ...worktreeFor(id), commit: node.worktree?.commit ?? null };
  const parent = tree.nodes.find((each) => each.node_id === node.parent_id);
  const start = await startOf(workspace, worktree?.commit ? { ...node, worktree } : parent);
  const wanted: IterationNode = { ...node, worktree };
  const path = await ensureWorktree(workspace, wanted, { start, reuseBranch: isOwn });
  await workspace.edit((now) => replaceNode(now, { ...requireNode(now, id), worktree }));
  return path;
}
