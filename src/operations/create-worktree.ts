import { hasOwnWorktree, worktreeFor } from "../tree/add-node.ts";
import { type Change, replaceNode } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { createRecorded, startAgain, startOf } from "./add-node.ts";
import { requireSafeNames } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

/** Creates the node's worktree, again when it was removed: on its branch when that still is, else at its recorded commit, else where it began. Returns the absolute path. */
export async function createNodeWorktree(workspace: Workspace, id: string): Promise<string> {
  const { tree, node } = giveWorktree(workspace.load(), id);
  requireSafeNames(node);
  // Found out before anything is written.
  await (hasOwnWorktree(requireNode(workspace.load(), id)) ? startAgain : startOf)(workspace, tree, node);
  let before: IterationNode | undefined;
  const edited = await workspace.edit((now) => {
    before = requireNode(now, id);
    return giveWorktree(now, id);
  });
  return createRecorded(workspace, edited, before);
}

/** What the node has of its own stays as it is. */
function giveWorktree(tree: IterationTree, id: string): Change {
  const node = requireNode(tree, id);
  if (hasOwnWorktree(node)) return { tree, node, warnings: [] };
  return replaceNode(tree, { ...node, worktree: { ...worktreeFor(id), commit: node.worktree?.commit ?? null } });
}
