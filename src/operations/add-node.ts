import { join } from "node:path";
import { ConflictError } from "../errors.ts";
import { findCommit, requireCommit, requireHead } from "../git/commits.ts";
import { createWorktree } from "../git/create-worktree.ts";
import { excludePaths } from "../git/exclude.ts";
import { gitIn } from "../git/git.ts";
import { gitLockOf } from "../git/git-lock.ts";
import { requireInside } from "../git/path-jail.ts";
import { pinLost } from "../git/pin-lost.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import type { Edited } from "../store/tree-file.ts";
import { isThere } from "../system/is-there.ts";
import { clearDead } from "../system/lock.ts";
import { addNode as addToTree, hasOwnWorktree, type AddRequest as TreeRequest } from "../tree/add-node.ts";
import { type Change, replaceNode } from "../tree/change.ts";
import { deleteNode } from "../tree/delete-node.ts";
import { sameValue } from "../tree/diff-trees.ts";
import { findNode, requireNode } from "../tree/find-node.ts";
import { emptyTree, type IterationNode, type Worktree } from "../tree/iteration-tree.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

export interface AddRequest extends Omit<TreeRequest, "now"> {
  /** The revision that the worktree starts from, instead of the parent's. */
  readonly from?: string | undefined;
}

/** Adds a node and, when asked, its branch and worktree. The node is recorded first, which makes its id unique; it is taken back when git fails. */
export async function addNode(workspace: Workspace, request: AddRequest): Promise<Change> {
  const now = workspace.now();
  const start = request.worktree ? await checkWorktree(workspace, { ...request, now }) : undefined;
  let before: IterationNode | undefined;
  const edited = await workspace.edit(
    (tree) => {
      const change = addToTree(tree, { ...request, now });
      before = findNode(tree, change.node.node_id);
      return change;
    },
    { create: true },
  );
  if (start !== undefined) await createRecorded(workspace, edited, { before, start });
  return edited;
}

/**
 * Creates the worktree that a node was just recorded with, so that nobody who is killed leaves one that no node knows;
 * when it fails, the node is again what it was `before`. Returns the absolute path.
 */
export async function createRecorded(
  workspace: Workspace,
  edited: Edited,
  { before, start }: { readonly before: IterationNode | undefined; readonly start: string },
): Promise<string> {
  try {
    const reuseBranch = before !== undefined && hasOwnWorktree(before);
    return await ensureWorktree(workspace, edited.node, { start, reuseBranch });
  } catch (error) {
    const failed = (why: Error) => workspace.warn(`the node stays recorded without its worktree: ${why.message}`);
    // Whatever failed after the checkout was complete, branch and folder are there, and need their node.
    if (!workspace.dryRun && !isReady(workspace, edited.node)) await takeBack(workspace, edited, before).catch(failed);
    throw error;
  }
}

function isReady(workspace: Workspace, { worktree }: IterationNode): boolean {
  const repository = requireRepository(workspace);
  return worktreeAt(repository, join(repository.root, worktree?.path ?? "")) === "ready";
}

/** Undoes what this call recorded, and nothing that others recorded meanwhile. */
async function takeBack(workspace: Workspace, edited: Edited, before: IterationNode | undefined): Promise<void> {
  if (await workspace.forget(edited)) return;
  const { node: written } = edited;
  await workspace.edit((now) => {
    const node = requireNode(now, written.node_id);
    if (!before && sameValue(node, written)) return deleteNode(now, { id: node.node_id });
    const isOurs = sameValue(node.worktree, written.worktree);
    return replaceNode(now, isOurs ? { ...node, worktree: before?.worktree ?? null } : node);
  });
}

/** Finds what would stop git before anything is written. Returns the commit to start from. */
async function checkWorktree(workspace: Workspace, request: TreeRequest & AddRequest): Promise<string> {
  const { root } = requireRepository(workspace);
  const git = gitIn(root);
  await requireHead(git);
  const tree = isThere(workspace.file.path) ? workspace.load() : emptyTree;
  const { node } = addToTree(tree, request);
  requireSafeNames(node);
  const existing = findNode(tree, node.node_id);
  if (!existing || !hasOwnWorktree(existing)) await requireFree(workspace, node.worktree as Worktree);
  if (request.from !== undefined) return requireCommit(git, request.from);
  const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
  return startOf(workspace, existing?.worktree?.commit ? existing : parent);
}

/** The parent's recorded commit, else its branch, else HEAD. */
export async function startOf(workspace: Workspace, parent: IterationNode | undefined): Promise<string> {
  const git = gitIn(requireRepository(workspace).root);
  const { commit, branch } = parent?.worktree ?? {};
  if (commit) return requireCommit(git, commit);
  return (branch ? await findCommit(git, `refs/heads/${branch}`) : undefined) ?? (await requireHead(git));
}

async function requireFree(workspace: Workspace, { path: named, branch }: Worktree): Promise<void> {
  const { root } = requireRepository(workspace);
  const path = requireInside(root, named, "worktree.path");
  if (await findCommit(gitIn(root), `refs/heads/${branch}`)) {
    throw new ConflictError(`The branch '${branch}' exists already, and no node of the tree owns it`, {
      hint: `Choose another --id. What is on it: git log ${branch}`,
    });
  }
  if (isThere(path)) {
    throw new ConflictError(`The folder ${path} exists already, and no node of the tree owns it`, {
      hint: "Choose another --id, or move the folder away.",
    });
  }
}

/** Creates the worktree that the node names, unless it exists. Returns its absolute path. */
export async function ensureWorktree(
  workspace: Workspace,
  node: IterationNode,
  { start, reuseBranch }: { readonly start: string; readonly reuseBranch: boolean },
): Promise<string> {
  const repository = requireRepository(workspace);
  requireSafeNames(node);
  const { path: named, branch } = node.worktree as Worktree;
  const path = requireInside(repository.root, named, `worktree.path of '${node.node_id}'`);
  if (worktreeAt(repository, path) === "ready") {
    // Whoever made it may have been killed when it was complete.
    if (!workspace.dryRun) clearDead(gitLockOf(repository));
    return path;
  }
  await workspace.perform(`git worktree add -b ${branch} ${named} ${start.slice(0, 7)}`, async () => {
    excludePaths(repository, [".worktrees/"]);
    await pinLost(repository, path, node.node_id);
    await createWorktree(repository, { path, branch, commit: start, reuseBranch });
  });
  return path;
}
