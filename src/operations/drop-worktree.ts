import { relative } from "node:path";
import { ConflictError } from "../errors.ts";
import { findCommit } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import { refuseLoss, removeWorktree } from "../git/worktrees.ts";
import { worktreeFor } from "../tree/add-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { findWorktree, type NodeWorktree } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

export interface DropRequest {
  /** Removes modified, untracked and ignored files too. */
  readonly force?: boolean | undefined;
  /** Deletes the node's own branch as well. */
  readonly withBranch?: boolean | undefined;
}

/** Throws what would keep the node's worktree from being removed; undefined when there is none. Changes nothing. */
export async function checkDroppable(
  workspace: Workspace,
  node: IterationNode,
  { force }: DropRequest,
): Promise<NodeWorktree | undefined> {
  const found = await findWorktree(workspace, node);
  if (!found?.isOwn) return undefined;
  if (found.state && !force) refuseLoss(found.path, found.state);
  if (`${workspace.cwd}/`.startsWith(`${found.path}/`)) {
    throw new ConflictError(`You stand in ${found.path}, the worktree to be removed`, {
      hint: `cd ${relative(workspace.cwd, requireRepository(workspace).root) || "."}`,
    });
  }
  return found;
}

/** Removes the node's worktree, and its branch when asked, after pinning every commit that only they hold. */
export async function dropWorktree(workspace: Workspace, node: IterationNode, request: DropRequest): Promise<void> {
  const found = await checkDroppable(workspace, node, request);
  if (!found) return;
  const repository = requireRepository(workspace);
  const git = gitIn(repository.root);
  const { branch } = node.worktree ?? {};
  const tip = branch ? await findCommit(git, `refs/heads/${branch}`) : undefined;
  const commits = new Set(
    [found.state?.head, tip, node.worktree?.commit, node.recorded?.commit].filter((each) => each != null),
  );
  for (const name of commits) {
    const commit = await findCommit(git, name);
    if (commit)
      await workspace.perform(
        `pin ${commit.slice(0, 7)}`,
        async () => void (await pinCommit(git, node.node_id, commit)),
      );
  }
  if (found.state) {
    await workspace.perform(`git worktree remove ${node.worktree?.path}`, () =>
      removeWorktree(repository, found.path, { force: request.force ?? false }),
    );
  }
  if (!request.withBranch || !tip) return;
  if (branch === worktreeFor(node.node_id).branch)
    await workspace.perform(`git branch -D ${branch}`, async () => void (await git("branch", "-D", branch)));
  else workspace.warn(`the branch '${branch}' stays: only iter/${node.node_id} is the node's own`);
}
