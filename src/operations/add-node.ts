import { addNode as addToTree, type AddRequest as TreeRequest } from "../tree/add-node.ts";
import type { Change } from "../tree/change.ts";
import { findNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import type { Workspace } from "./workspace.ts";

export interface AddRequest extends Omit<TreeRequest, "now"> {
  /** The revision that the worktree starts from, instead of the parent's. */
  readonly from?: string | undefined;
}

/** Adds a node and, when asked, its branch and worktree. The node is recorded first, which makes its id unique; it is taken back when git fails. */
export async function addNode(workspace: Workspace, { from: revision, ...request }: AddRequest): Promise<Change> {
  const now = workspace.now();
  const worktrees = request.worktree ? await import("./check-worktree.ts") : undefined;
  const from = revision === undefined ? undefined : await worktrees?.requireRevision(workspace, revision);
  const wanted = { ...request, from, now };
  const start = await worktrees?.checkWorktree(workspace, wanted);
  let before: IterationNode | undefined;
  const edited = await workspace.edit(
    (tree) => {
      const change = addToTree(tree, wanted);
      before = findNode(tree, change.node.node_id);
      return change;
    },
    { create: true },
  );
  if (worktrees) {
    const { createRecorded } = await import("./create-worktree.ts");
    await createRecorded(workspace, edited, { before, start });
  }
  return edited;
}
