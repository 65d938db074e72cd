import { join, resolve } from "node:path";
import { ConflictError, LockedError } from "../errors.ts";
import { createWorktree, type NewWorktree } from "../git/create-worktree.ts";
import { excludePaths } from "../git/exclude.ts";
import { gitLockOf } from "../git/git-lock.ts";
import { requireInside } from "../git/path-jail.ts";
import { pinLost } from "../git/pin-lost.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import { shellWord } from "../shell-word.ts";
import type { Edited } from "../store/edit-tree-file.ts";
import { isThere } from "../system/is-there.ts";
import { clearDead } from "../system/lock.ts";
import { type Change, replaceNode } from "../tree/change.ts";
import { deleteNode } from "../tree/delete-node.ts";
import { sameValue } from "../tree/diff-trees.ts";
import { findNode, requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree, Worktree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree, worktreeFor } from "../tree/worktree.ts";
import { startAgain, startOf } from "./branch-start.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { inGitTurn, requireRepository, type Workspace } from "./workspace.ts";

/** Creates the node's worktree, again when it was removed: on its branch when that still is, else at its recorded commit, else where it began. Returns the absolute path. */
export async function createNodeWorktree(workspace: Workspace, id: string): Promise<string> {
  const { tree, node } = giveWorktree(await workspace.load(), id);
  requireSafeNames(node);
  // Found out before anything is written.
  await (hasOwnWorktree(requireNode(await workspace.load(), id)) ? startAgain : startOf)(workspace, tree, node);
  let before: IterationNode | undefined;
  const edited = await workspace.edit((now) => {
    before = requireNode(now, id);
    return giveWorktree(now, id);
  });
  return createRecorded(workspace, edited, { before });
}

/** What the node has of its own stays as it is. */
function giveWorktree(tree: IterationTree, id: string): Change {
  const node = requireNode(tree, id);
  if (hasOwnWorktree(node)) return { tree, node, warnings: [] };
  return replaceNode(tree, { ...node, worktree: { ...worktreeFor(id), commit: node.worktree?.commit ?? null } });
}

/**
 * Creates the worktree that a node was just recorded with, so that nobody who is killed leaves one that no node knows;
 * when it fails, the node is again what it was `before`. `start` is the commit that a new branch begins at, where that
 * has been looked for already, and there was no such branch. Returns the absolute path.
 */
export async function createRecorded(
  workspace: Workspace,
  edited: Edited,
  { before, start }: { readonly before: IterationNode | undefined; readonly start?: string | undefined },
): Promise<string> {
  try {
    const reuseBranch = before !== undefined && hasOwnWorktree(before);
    return await ensureWorktree(workspace, edited, { reuseBranch, start });
  } catch (error) {
    if (!workspace.dryRun) {
      const failed = (why: Error) => workspace.warn(`the node stays recorded without its worktree: ${why.message}`);
      // In git's turn, and not without it: another call for the same node may be at the checkout, and needs the node.
      const undo = async () => {
        if (error instanceof LockedError) throw error;
        let isOurTurn = false;
        const inTurn = inGitTurn(workspace, async () => {
          isOurTurn = true;
          await takeBack(workspace, edited, before);
        });
        await inTurn.catch((refused) => {
          if (isOurTurn || refused instanceof LockedError) throw refused;
          // Whoever may not wait in line had no turn before either.
          return takeBack(workspace, edited, before);
        });
      };
      await undo().catch(failed);
    }
    throw error;
  }
}

function isReady(workspace: Workspace, { worktree }: IterationNode): boolean {
  const repository = requireRepository(workspace);
  return worktreeAt(repository, resolve(repository.root, worktree?.path ?? "")) === "ready";
}

/** Undoes what this call recorded, and nothing that others recorded meanwhile. */
async function takeBack(workspace: Workspace, edited: Edited, before: IterationNode | undefined): Promise<void> {
  // Whatever failed after the checkout was complete, branch and folder are there, and need their node.
  if (isReady(workspace, edited.node)) return;
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

/** Creates the worktree that the node names, unless it exists. Returns its absolute path. */
async function ensureWorktree(
  workspace: Workspace,
  { tree, node }: { readonly tree: IterationTree; readonly node: IterationNode },
  { reuseBranch, start: known }: { readonly reuseBranch: boolean; readonly start: string | undefined },
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
  const begin = reuseBranch ? startAgain : startOf;
  const start = (reuseBranch ? undefined : known) ?? (await begin(workspace, tree, node));
  await inGitTurn(workspace, async () => {
    if (!workspace.dryRun) refuseGone(await workspace.load(), node);
    const isFree = !reuseBranch && known !== undefined && !isThere(join(repository.commonFolder, "reftable"));
    await makeWorktree(workspace, node, { path, start, reuseBranch, isFree });
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
    hint: `See: tree-autoresearch history --id ${shellWord(node_id)}`,
  });
}

/** To be called in git's turn. */
export async function makeWorktree(
  workspace: Workspace,
  node: IterationNode,
  {
    path,
    start,
    ...branchState
  }: { readonly path: string; readonly start: string } & Pick<NewWorktree, "reuseBranch" | "isFree">,
): Promise<void> {
  const repository = requireRepository(workspace);
  const { path: named, branch } = node.worktree as Worktree;
  await workspace.perform(`git worktree add -b ${branch} ${named} ${start.slice(0, 7)}`, async () => {
    excludePaths(repository, [".worktrees/"]);
    await pinLost(repository, path, node.node_id);
    await createWorktree(repository, { path, branch, commit: start, ...branchState });
  });
}
