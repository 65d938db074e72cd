import { existsSync } from "node:fs";
import { ConflictError } from "../errors.ts";
import { findCommit, requireCommit, requireHead } from "../git/commits.ts";
import { excludePaths } from "../git/exclude.ts";
import { gitIn } from "../git/git.ts";
import { requireInside } from "../git/path-jail.ts";
import { createWorktree, worktreeAt } from "../git/worktrees.ts";
import { addNode as addToTree, type AddRequest as TreeRequest } from "../tree/add-node.ts";
import type { Change } from "../tree/change.ts";
import { deleteNode } from "../tree/delete-node.ts";
import { findNode } from "../tree/find-node.ts";
import { emptyTree, type IterationNode, type Worktree } from "../tree/iteration-tree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

export interface AddRequest extends Omit<TreeRequest, "now"> {
  /** The revision that the worktree starts from, instead of the parent's. */
  readonly from?: string | undefined;
}

/** Adds a node and, when asked, its branch and worktree. The node is recorded first, which makes its id unique; it is taken back when git fails. */
export async function addNode(workspace: Workspace, request: AddRequest): Promise<Change> {
  const now = workspace.now();
  const start = request.worktree ? await checkWorktree(workspace, { ...request, now }) : undefined;
  let isNew = true;
  const edited = await workspace.edit(
    (tree) => {
      const change = addToTree(tree, { ...request, now });
      isNew = !findNode(tree, change.node.node_id);
      return change;
    },
    { create: true },
  );
  const { node } = edited;
  if (start === undefined) return edited;
  try {
    await ensureWorktree(workspace, node, { start, reuseBranch: !isNew });
  } catch (error) {
    if (isNew && !workspace.dryRun) await workspace.edit((tree) => deleteNode(tree, { id: node.node_id }));
    throw error;
  }
  return edited;
}

/** Finds what would stop git before anything is written. Returns the commit to start from. */
async function checkWorktree(workspace: Workspace, request: TreeRequest & AddRequest): Promise<string> {
  const { root } = requireRepository(workspace);
  const git = gitIn(root);
  await requireHead(git);
  const tree = existsSync(workspace.file.path) ? workspace.load() : emptyTree;
  const { node } = addToTree(tree, request);
  if (!findNode(tree, node.node_id)) await requireFree(workspace, node.worktree as Worktree);
  const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
  return request.from === undefined ? startOf(workspace, parent) : requireCommit(git, request.from);
}

/** The parent's recorded commit, else its branch, else HEAD. */
export async function startOf(workspace: Workspace, parent: IterationNode | undefined): Promise<string> {
  const git = gitIn(requireRepository(workspace).root);
  const { commit, branch } = parent?.worktree ?? {};
  if (commit) return requireCommit(git, commit);
  return (branch ? await findCommit(git, `refs/heads/${branch}`) : undefined) ?? (await requireHead(git));
}

async function requireFree(workspace: Workspace, worktree: Worktree): Promise<void> {
  const { root } = requireRepository(workspace);
  const path = requireInside(root, worktree.path, "worktree.path");
  if (await findCommit(gitIn(root), `refs/heads/${worktree.branch}`)) {
    throw new ConflictError(`The branch '${worktree.branch}' exists already, and no node of the tree owns it`, {
      hint: `Choose another --id; or, if nothing on it is needed: git branch -D ${worktree.branch}`,
    });
  }
  if (existsSync(path)) {
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
  const { path: named, branch } = node.worktree as Worktree;
  const path = requireInside(repository.root, named, `worktree.path of '${node.node_id}'`);
  if (worktreeAt(repository, path) === "ready") return path;
  await workspace.perform(`git worktree add -b ${branch} ${named} ${start.slice(0, 7)}`, async () => {
    excludePaths(repository, [".worktrees/"]);
    await createWorktree(repository, { path, branch, commit: start, reuseBranch });
  });
  return path;
}
