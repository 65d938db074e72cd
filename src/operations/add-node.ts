import { resolve } from "node:path";
import { ConflictError, LockedError } from "../errors.ts";
import { findCommit, isAncestor, madeSince, requireCommit, requireHead } from "../git/commits.ts";
import { createWorktree } from "../git/create-worktree.ts";
import { excludePaths } from "../git/exclude.ts";
import { type Git, gitIn } from "../git/git.ts";
import { gitLockOf } from "../git/git-lock.ts";
import { requireInside } from "../git/path-jail.ts";
import { pinLost } from "../git/pin-lost.ts";
import { findTip, type NodeName } from "../git/pins.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import type { Edited } from "../store/tree-file.ts";
import { isThere } from "../system/is-there.ts";
import { clearDead } from "../system/lock.ts";
import { addNode as addToTree, hasOwnWorktree, type AddRequest as TreeRequest } from "../tree/add-node.ts";
import { type Change, replaceNode } from "../tree/change.ts";
import { deleteNode } from "../tree/delete-node.ts";
import { sameValue } from "../tree/diff-trees.ts";
import { findNode } from "../tree/find-node.ts";
import { emptyTree, type IterationNode, type IterationTree, type Worktree } from "../tree/iteration-tree.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { inGitTurn, requireRepository, type Workspace } from "./workspace.ts";

export interface AddRequest extends Omit<TreeRequest, "now"> {
  /** The revision that the worktree starts from, instead of the parent's. */
  readonly from?: string | undefined;
}

/** Adds a node and, when asked, its branch and worktree. The node is recorded first, which makes its id unique; it is taken back when git fails. */
export async function addNode(workspace: Workspace, { from: revision, ...request }: AddRequest): Promise<Change> {
  const now = workspace.now();
  const from = revision && request.worktree ? await requireCommit(gitOf(workspace), revision) : undefined;
  const wanted = { ...request, from, now };
  if (request.worktree) await checkWorktree(workspace, wanted);
  let before: IterationNode | undefined;
  const edited = await workspace.edit(
    (tree) => {
      const change = addToTree(tree, wanted);
      before = findNode(tree, change.node.node_id);
      return change;
    },
    { create: true },
  );
  if (request.worktree) await createRecorded(workspace, edited, before);
  return edited;
}

/**
 * Creates the worktree that a node was just recorded with, so that nobody who is killed leaves one that no node knows;
 * when it fails, the node is again what it was `before`. Returns the absolute path.
 */
export async function createRecorded(
  workspace: Workspace,
  edited: Edited,
  before: IterationNode | undefined,
): Promise<string> {
  try {
    const reuseBranch = before !== undefined && hasOwnWorktree(before);
    return await ensureWorktree(workspace, edited, { reuseBranch });
  } catch (error) {
    const failed = (why: Error) => workspace.warn(`the node stays recorded without its worktree: ${why.message}`);
    // Whatever failed after the checkout was complete, branch and folder are there, and need their node.
    if (!workspace.dryRun && !isReady(workspace, edited.node)) await takeBack(workspace, edited, before).catch(failed);
    throw error;
  }
}

function isReady(workspace: Workspace, { worktree }: IterationNode): boolean {
  const repository = requireRepository(workspace);
  return worktreeAt(repository, resolve(repository.root, worktree?.path ?? "")) === "ready";
}

/** Undoes what this call recorded, and nothing that others recorded meanwhile. */
async function takeBack(workspace: Workspace, edited: Edited, before: IterationNode | undefined): Promise<void> {
  if (await workspace.forget(edited)) return;
  const { node: written } = edited;
  await workspace.edit((now) => {
    const node = findNode(now, written.node_id);
    if (!node) return { tree: now, node: written, warnings: [] };
    if (!before && sameValue(node, written)) return deleteNode(now, { id: node.node_id });
    const isOurs = sameValue(node.worktree, written.worktree);
    return replaceNode(now, isOurs ? { ...node, worktree: before?.worktree ?? null } : node);
  });
}

/** Finds what would stop git before anything is written. */
async function checkWorktree(workspace: Workspace, request: TreeRequest): Promise<void> {
  await requireHead(gitOf(workspace));
  const tree = isThere(workspace.file.path) ? workspace.load() : emptyTree;
  const { node, tree: after } = addToTree(tree, request);
  requireSafeNames(node);
  const existing = findNode(tree, node.node_id);
  if (!existing || !hasOwnWorktree(existing)) await requireFree(workspace, node.worktree as Worktree);
  await startOf(workspace, after, node);
}

/** Where the node's branch begins: at its own recorded commit, else where `add --from` said, else where its parent is: the recorded commit, the branch, where that is to begin, HEAD. */
export async function startOf(workspace: Workspace, tree: IterationTree, node: IterationNode): Promise<string> {
  const git = gitOf(workspace);
  const own = hasOwnWorktree(node) ? (node.worktree?.commit ?? node.worktree?.from) : node.worktree?.commit;
  if (own) return requireCommit(git, own);
  const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
  const { commit, branch, from } = parent?.worktree ?? {};
  if (commit) return requireCommit(git, commit);
  const tip = branch && (await findCommit(git, `refs/heads/${branch}`));
  const left = parent && branch ? await findTip(git, nameOf(parent)) : undefined;
  return tip || left || (from ? requireCommit(git, from) : requireHead(git));
}

function nameOf({ node_id, created_at }: IterationNode): NodeName {
  return { id: node_id, created: created_at };
}

/** Where a branch that is gone was: what it was at when we deleted it, unless a commit was recorded that this does not hold. */
export async function lastTip(workspace: Workspace, node: IterationNode): Promise<string | undefined> {
  const git = gitOf(workspace);
  const { commit } = node.worktree ?? {};
  const [left, recorded] = [await findTip(git, nameOf(node)), commit ? await findCommit(git, commit) : undefined];
  return left && recorded && !(await isAncestor(git, recorded, left)) ? recorded : (left ?? recorded);
}

/**
 * The same for a node that had its worktree before: its branch when that still is, else what that was at when it was
 * deleted, or is at in the repository which this one was cloned from. Of another node that had the same id it is neither.
 */
export async function startAgain(workspace: Workspace, tree: IterationTree, node: IterationNode): Promise<string> {
  const git = gitOf(workspace);
  const { commit, branch } = node.worktree ?? {};
  const tip = await findCommit(git, `refs/heads/${branch}`);
  const last = tip ?? (await lastTip(workspace, node));
  if (last || commit) return last ?? startOf(workspace, tree, node);
  const start = await startOf(workspace, tree, node);
  const cloned = await findCommit(git, `refs/remotes/origin/${branch}`);
  // An older node of the same id would have begun elsewhere, or have ended before this one began.
  const isOfThis = cloned && (await isAncestor(git, start, cloned)) && (await madeSince(git, cloned, node.created_at));
  return isOfThis ? cloned : start;
}

function gitOf(workspace: Workspace): Git {
  return gitIn(requireRepository(workspace).root);
}

async function requireFree(workspace: Workspace, { path: named, branch }: Worktree): Promise<void> {
  const { root } = requireRepository(workspace);
  const path = requireInside(root, named, "worktree.path");
  if (await findCommit(gitIn(root), `refs/heads/${branch}`)) {
    throw new ConflictError(`The branch '${branch}' exists already, and no node of the tree owns it`, {
      hint: `Choose another --id. What is on it: git log ${branch}. If its node was deleted: tree-autoresearch history, undo.`,
    });
  }
  if (isThere(path)) {
    throw new ConflictError(`The folder ${path} exists already, and no node of the tree owns it`, {
      hint: "Choose another --id, or move the folder away. If its node was deleted: tree-autoresearch history, undo.",
    });
  }
}

/** Creates the worktree that the node names, unless it exists. Returns its absolute path. */
async function ensureWorktree(
  workspace: Workspace,
  { tree, node }: { readonly tree: IterationTree; readonly node: IterationNode },
  { reuseBranch }: { readonly reuseBranch: boolean },
): Promise<string> {
  const repository = requireRepository(workspace);
  requireSafeNames(node);
  const { path: named } = node.worktree as Worktree;
  const path = requireInside(repository.root, named, `worktree.path of '${node.node_id}'`);
  if (worktreeAt(repository, path) === "ready") {
    // Whoever made it may have been killed when it was complete.
    if (!workspace.dryRun) clearLock(workspace, gitLockOf(repository));
    return path;
  }
  const start = await (reuseBranch ? startAgain : startOf)(workspace, tree, node);
  await inGitTurn(workspace, async () => {
    if (!workspace.dryRun) refuseGone(workspace.load(), node);
    await makeWorktree(workspace, node, { path, start, reuseBranch });
  });
  return path;
}

/** Another user's stays, and is no matter of this call. */
function clearLock(workspace: Workspace, lock: string): void {
  try {
    clearDead(lock);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    workspace.warn(error.message);
  }
}

/** Others may have gone on while this call waited for its turn. */
function refuseGone(tree: IterationTree, { node_id, worktree }: IterationNode): void {
  if (findNode(tree, node_id)?.worktree?.path === worktree?.path) return;
  throw new ConflictError(`'${node_id}' was deleted, or lost its worktree, while this call waited for its turn`, {
    hint: `See: tree-autoresearch history --id ${node_id}`,
  });
}

/** To be called in git's turn. */
export async function makeWorktree(
  workspace: Workspace,
  node: IterationNode,
  { path, start, reuseBranch }: { readonly path: string; readonly start: string; readonly reuseBranch: boolean },
): Promise<void> {
  const repository = requireRepository(workspace);
  const { path: named, branch } = node.worktree as Worktree;
  await workspace.perform(`git worktree add -b ${branch} ${named} ${start.slice(0, 7)}`, async () => {
    excludePaths(repository, [".worktrees/"]);
    await pinLost(repository, path, node.node_id);
    await createWorktree(repository, { path, branch, commit: start, reuseBranch });
  });
}
