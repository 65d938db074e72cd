import { relative, resolve } from "node:path";
import { ConflictError } from "../errors.ts";
import { findCommit } from "../git/commits.ts";
import { findFiltered } from "../git/find-filtered.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import { deleteBranch, refuseFiltered, refuseLoss, removeWorktree } from "../git/remove-worktree.ts";
import { findEntry } from "../git/worktree-entries.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { worktreeFor } from "../tree/worktree.ts";
import { refuseRunning } from "./is-live.ts";
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
  refuseRunning(node);
  const { root } = requireRepository(workspace);
  const isSame = (each: IterationNode) => each.worktree !== null && resolve(root, each.worktree.path) === found.path;
  const other = (await workspace.load()).nodes.find((each) => each.node_id !== node.node_id && isSame(each));
  if (other) {
    throw new ConflictError(`${found.path} is the worktree of '${node.node_id}' and of '${other.node_id}'`, {
      hint: "Correct worktree.path of one of them in the tree file.",
    });
  }
  if (worktreeAt(requireRepository(workspace), found.path) === "foreign") {
    throw new ConflictError(`${found.path} is a folder, but no worktree of this repository`, {
      hint: "If the repository was moved: tree-autoresearch doctor --fix. Else look at it, and remove it by hand.",
    });
  }
  if (found.state && !force) {
    refuseLoss(found.path, found.state);
    refuseFiltered(found.path, await findFiltered(requireRepository(workspace), found.path));
  }
  if (`${workspace.cwd}/`.startsWith(`${found.path}/`)) {
    throw new ConflictError(`You stand in ${found.path}, the worktree to be removed`, {
      hint: `cd ${relative(workspace.cwd, root) || "."}`,
    });
  }
  return found;
}

/** Removes the node's worktree, and its branch when asked, after pinning every commit that only they hold. To be called in git's turn. Returns whether there was anything to remove. */
export async function dropWorktree(workspace: Workspace, node: IterationNode, request: DropRequest): Promise<boolean> {
  const found = await checkDroppable(workspace, node, request);
  if (!found) return false;
  const repository = requireRepository(workspace);
  await pinNamed(workspace, node, found);
  const isKnown = found.state !== undefined || findEntry(repository, found.path) !== undefined;
  const removal = { id: node.node_id, force: request.force ?? false };
  const remove = async () => {
    const left = await removeWorktree(repository, found.path, removal);
    if (left) workspace.warn(`${left} could not be deleted wholly by this user; git has forgotten it`);
  };
  if (isKnown) await workspace.perform(`remove the worktree ${node.worktree?.path}`, remove);
  if (request.withBranch) await dropBranch(workspace, node);
  return isKnown;
}

/** Pins what the tree names, and what branch and worktree are at; what only git's own records name is pinned when they go. */
async function pinNamed(workspace: Workspace, node: IterationNode, { state }: NodeWorktree): Promise<void> {
  const git = gitIn(requireRepository(workspace).root);
  const { branch, commit } = node.worktree ?? {};
  const names = [state?.head, branch && `refs/heads/${branch}`, commit, node.recorded?.commit];
  const known = await Promise.all(names.flatMap((name) => (name ? [findCommit(git, name)] : [])));
  for (const each of new Set(known.filter((id) => id !== undefined))) {
    await workspace.perform(`pin ${each.slice(0, 7)}`, async () => void (await pinCommit(git, node.node_id, each)));
  }
}

async function dropBranch(workspace: Workspace, node: IterationNode): Promise<void> {
  const repository = requireRepository(workspace);
  const branch = node.worktree?.branch;
  if (!branch || !(await findCommit(gitIn(repository.root), `refs/heads/${branch}`))) return;
  if (branch !== worktreeFor(node.node_id).branch) {
    workspace.warn(`the branch '${branch}' stays: only iter/${node.node_id} is the node's own`);
    return;
  }
  await workspace.perform(`git branch -D ${branch}`, async () => {
    const name = { id: node.node_id, created: node.created_at };
    const elsewhere = await deleteBranch(repository, branch, name);
    if (elsewhere !== undefined) workspace.warn(`the branch '${branch}' stays: it is checked out at ${elsewhere}`);
  });
}
