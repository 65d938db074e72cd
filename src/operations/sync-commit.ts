import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { commitAll, requireHead } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import { indexAfterCommit, type WorktreeState } from "../git/worktree-state.ts";
import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { setCommit } from "../tree/set-commit.ts";
import { awaitWorktree, type FoundWorktree, findWorktree, requireSafeNames, requireWorktree } from "./read-worktree.ts";
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
  const node = requireNode(await workspace.load(), request.id);
  requireSafeNames(node);
  const before = await requireWorktree(workspace, node, awaitWorktree);
  const { path } = before;
  const git = gitIn(path);
  if (request.message !== undefined) await commitFirst(workspace, node, before, request.message);
  const isPlanned = workspace.dryRun && request.message !== undefined && isCommittable(before.state);
  // A commit may leave something behind, too.
  const found =
    request.message === undefined || workspace.dryRun
      ? before
      : await requireWorktree(workspace, node, () => findWorktree(workspace, node, indexAfterCommit(before.state)));
  if (!isPlanned) checkCommitted(workspace, found, request);
  const commit = isPlanned ? plannedCommit : (found.state.head ?? (await requireHead(git)));
  await workspace.perform(`pin ${commit.slice(0, 7)}`, async () => void (await pinCommit(git, node.node_id, commit)));
  const { branch } = found.state;
  let isOvertaken = false;
  const edited = await workspace.edit((tree) => {
    const now = requireNode(tree, node.node_id);
    isOvertaken = now.worktree?.commit !== node.worktree?.commit;
    if (isOvertaken) return { tree, node: now, warnings: [] };
    return setCommit(tree, { id: node.node_id, commit, branch, now: workspace.now() });
  });
  // Another sync recorded a commit meanwhile, perhaps a later one than we looked at: we look again.
  return isOvertaken ? syncCommit(workspace, { id: node.node_id, allowDirty: true }) : { ...edited, commit };
}

/** Stands in a dry run for the commit that is not made. */
const plannedCommit = "the new commit";

async function commitFirst(
  workspace: Workspace,
  node: IterationNode,
  { path, isOwn, state }: FoundWorktree,
  message: string,
) {
  if (!isOwn) {
    throw new ConflictError(`'${node.node_id}' has no worktree of its own; -m would commit the main worktree`, {
      hint: "Commit there by hand, then sync without -m.",
    });
  }
  if (state.unmerged.length > 0) {
    throw new ConflictError(`${path} has an unresolved merge in ${state.unmerged.join(", ")}`, {
      hint: "Resolve it and `git add` the files, or `git merge --abort`; then sync again.",
    });
  }
  await workspace.perform(`git commit -m ${JSON.stringify(message)}`, () =>
    commitAll(gitIn(path), message, { isTracked: state.untracked.length + state.submodules.length === 0 }),
  );
}

function isCommittable({ modified, untracked }: WorktreeState): boolean {
  return modified.length + untracked.length > 0;
}

/** Throws DirtyWorktreeError for modified files; warns of what is in the worktree, and not in its commit. */
function checkCommitted(
  workspace: Workspace,
  { path, isOwn, state }: FoundWorktree,
  { allowDirty }: SyncRequest,
): void {
  const { modified, untracked, submodules } = state;
  const within = modified.filter((name) => submodules.includes(name));
  if (within.length > 0 && !allowDirty) {
    const then = isOwn ? "then sync with -m MESSAGE" : "then commit what they are at";
    throw new DirtyWorktreeError(`${path} has uncommitted changes in repositories of their own: ${shown(within)}`, {
      hint: `Commit them there first, ${then}. --allow-dirty records HEAD without them.`,
    });
  }
  if (submodules.length > 0) {
    workspace.warn(
      `of repositories within, the commit holds only which commit they are at, not their files: ${shown(submodules)}`,
    );
  }
  if (modified.length > 0 && !allowDirty) {
    const files = `${modified.length} tracked file${modified.length > 1 ? "s" : ""}: ${shown(modified)}`;
    const way = isOwn ? "Commit them, or let sync do it, with -m MESSAGE." : "Commit them.";
    throw new DirtyWorktreeError(`${path} has uncommitted changes in ${files}`, {
      hint: `${way} --allow-dirty records HEAD without them.`,
    });
  }
  if (state.hidden.length > 0) {
    workspace.warn(
      `git does not look whether these files are modified (assume-unchanged, skip-worktree): ${shown(state.hidden)}`,
    );
  }
  if (untracked.length === 0 || !isOwn) return;
  const files = `${untracked.length} untracked file${untracked.length > 1 ? "s are" : " is"}`;
  workspace.warn(`${files} not part of the commit: ${shown(untracked)}`);
}

function shown(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ", ..." : "");
}
