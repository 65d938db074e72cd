import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { isSafeId } from "../tree/node-id.ts";
import { type UpdateRequest as TreeRequest, updateNode as updateInTree } from "../tree/update-node.ts";
import type { Workspace } from "./workspace.ts";

export type UpdateRequest = Omit<TreeRequest, "now" | "recorded">;

/** Records results, status and texts. Results remember the commit that the worktree was at, and whether it was clean. */
export async function updateNode(workspace: Workspace, request: UpdateRequest): Promise<Change> {
  const recorded = request.results
    ? await lookAtWorktree(workspace, requireNode(await workspace.load(), request.id))
    : undefined;
  return workspace.edit((tree) => updateInTree(tree, { ...request, recorded, now: workspace.now() }));
}

/** Results belong to the commit that produced them, so that commit must not be lost either. */
async function lookAtWorktree(workspace: Workspace, node: IterationNode): Promise<IterationNode["recorded"]> {
  if (!isSafeId(node.node_id)) {
    workspace.warn(`the commit of '${node.node_id}' is not recorded: git is not used for an id like this`);
    return undefined;
  }
  if (!node.worktree || !workspace.repository) return undefined;
  const { awaitWorktree } = await import("./read-worktree.ts");
  const found = await awaitWorktree(workspace, node);
  const commit = found?.state?.head;
  if (found && !found.state)
    workspace.warn(`the commit of these results is not recorded: there is no worktree at ${found.path}`);
  if (!commit) return undefined;
  const [{ gitIn }, { pinCommit }] = [await import("../git/git.ts"), await import("../git/pins.ts")];
  const git = gitIn(workspace.repository.root);
  await workspace.perform(`pin ${commit.slice(0, 7)}`, async () => void (await pinCommit(git, node.node_id, commit)));
  return { commit, clean: found.state?.modified.length === 0 && found.state.hidden.length === 0 };
}
