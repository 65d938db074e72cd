import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { commitAll, requireHead } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import { requireSafeId } from "../tree/node-id.ts";
import { setCommit } from "../tree/set-commit.ts";
import { requireWorktree } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

export interface SyncRequest {
  readonly id: string;
  /** Commits everything first. */
  readonly message?: string | undefined;
  /** Records HEAD although tracked files are modified. */
  readonly allowDirty?: boolean | undefined;
}

/** Records the worktree's HEAD as the node's exact code, and pins it, so that it outlives its branch. Throws DirtyWorktreeError, NotFoundError, GitError. */
export async function syncCommit(
  workspace: Workspace,
  request: SyncRequest,
): Promise<Change & { readonly commit: string }> {
  const node = requireNode(workspace.load(), request.id);
  requireSafeId(node.node_id);
  const { path, isOwn, state } = await requireWorktree(workspace, node);
  const git = gitIn(path);
  if (request.message !== undefined) {
    if (!isOwn)
      throw new ConflictError(`'${node.node_id}' has no worktree of its own; -m would commit the main worktree`, {
        hint: "Commit there by hand, then sync without -m.",
      });
    await workspace.perform(`git commit -m ${JSON.stringify(request.message)}`, () =>
      commitAll(git, request.message as string),
    );
  } else if (state.modified.length > 0 && !request.allowDirty) {
    throw dirtyWorktree(path, state.modified);
  }
  const { untracked } = state;
  if (untracked.length > 0 && request.message === undefined && isOwn) {
    workspace.warn(
      `${untracked.length} untracked file${untracked.length > 1 ? "s are" : " is"} not part of the commit: ${untracked.slice(0, 3).join(", ")}`,
    );
  }
  const commit = await requireHead(git);
  await workspace.perform(`pin ${commit.slice(0, 7)}`, async () => void (await pinCommit(git, node.node_id, commit)));
  const { branch } = state;
  const edited = await workspace.edit((tree) =>
    setCommit(tree, { id: node.node_id, commit, branch, now: workspace.now() }),
  );
  return { ...edited, commit };
}

function dirtyWorktree(path: string, modified: readonly string[]): DirtyWorktreeError {
  const some = modified.slice(0, 3).join(", ");
  return new DirtyWorktreeError(
    `${path} has uncommitted changes in ${modified.length} tracked file${modified.length > 1 ? "s" : ""}: ${some}`,
    {
      hint: "Commit them, or let sync do it: add -m MESSAGE. --allow-dirty records HEAD without them.",
    },
  );
}
