import { join, relative } from "node:path";
import { ConflictError, NotFoundError } from "../errors.ts";
import { endAside, findAside } from "../git/leaving.ts";
import { requireInside, requireSafeBranch } from "../git/path-jail.ts";
import { type IndexState, readWorktree, type WorktreeState, worktreeAt } from "../git/worktree-state.ts";
import { shellWord } from "../shell-word.ts";
import { isThere } from "../system/is-there.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { idRule, isSafeId } from "../tree/node-id.ts";
import { inGitTurn, requireRepository, type Workspace } from "./workspace.ts";

/** A node's worktree, as the tree file names it and as it is on disk. */
export interface NodeWorktree {
  /** absolute */
  readonly path: string;
  /** Whether it is the node's own, and not the main worktree. */
  readonly isOwn: boolean;
  /** undefined when nothing lies there */
  readonly state: WorktreeState | undefined;
}

/** One that is there. */
export type FoundWorktree = NodeWorktree & { readonly state: WorktreeState };

/** Finds where the node's code is; undefined for a node without worktree or a tree without repository. Throws ConflictError, InvalidTreeError for unsafe names. */
export async function findWorktree(
  workspace: Workspace,
  node: IterationNode,
  known?: IndexState,
): Promise<NodeWorktree | undefined> {
  if (!node.worktree || !workspace.repository) return undefined;
  const { repository } = workspace;
  requireSafeNames(node);
  const path = requireInside(repository.root, node.worktree.path, `worktree.path of '${node.node_id}'`);
  const isOwn = relative(repository.root, path) !== "";
  const state = isOwn && worktreeAt(repository, path) !== "ready" ? undefined : await readState(workspace, path, known);
  return { path, isOwn, state };
}

/** The tree file changes with every command: that is no change of an experiment's code. */
async function readState({ file }: Workspace, path: string, known?: IndexState): Promise<WorktreeState> {
  const state = await readWorktree(path, undefined, known);
  const others = (files: readonly string[]) => files.filter((name) => join(path, name) !== file.path);
  return { ...state, modified: others(state.modified), untracked: others(state.untracked) };
}

/**
 * The same for who changes something, and is not in git's turn: a removal may just be looking at the worktree beside its
 * place, or have been killed at that, and it comes back when the removal is over.
 */
export async function awaitWorktree(workspace: Workspace, node: IterationNode): Promise<NodeWorktree | undefined> {
  const found = await findWorktree(workspace, node);
  if (!found || found.state) return found;
  const aside = () => findAside(requireRepository(workspace), found.path);
  if (!workspace.dryRun && aside().length > 0) await inGitTurn(workspace, async () => aside().forEach(endAside));
  return findWorktree(workspace, node);
}

/** The worktree that must exist, or the main one for a node without. Throws NotFoundError when it is gone. */
export async function requireWorktree(
  workspace: Workspace,
  node: IterationNode,
  find: typeof findWorktree = findWorktree,
): Promise<FoundWorktree> {
  const { root } = requireRepository(workspace);
  const found = (await find(workspace, node)) ?? {
    path: root,
    isOwn: false,
    state: await readState(workspace, root),
  };
  if (found.state) return { ...found, state: found.state };
  const isFolder = isThere(found.path);
  const what = isFolder ? "is a folder, but no worktree of this repository" : "does not exist";
  throw new NotFoundError(`The worktree of '${node.node_id}', ${found.path}, ${what}`, {
    hint: isFolder
      ? "If the repository was moved: tree-autoresearch doctor --fix. Else move the folder away."
      : `Create it: tree-autoresearch worktree --id ${shellWord(node.node_id)} --create`,
  });
}

/** git gets names only from nodes that keep our rules, whoever wrote them into the file. Throws ConflictError. */
export function requireSafeNames({ node_id, worktree }: IterationNode): void {
  if (!isSafeId(node_id)) {
    throw new ConflictError(
      `The id ${JSON.stringify(node_id)} cannot name a branch or folder, so git is not used for it`,
      { hint: `${idRule} Change the id in the tree file by hand (delete takes --keep-worktree).` },
    );
  }
  if (worktree?.branch) requireSafeBranch(worktree.branch);
}
