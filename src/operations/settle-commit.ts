import { ConflictError, DirtyWorktreeError } from "../errors.ts";
import { commitAll, requireHead } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { pinCommit } from "../git/pins.ts";
import { indexAfterCommit, type WorktreeState } from "../git/worktree-state.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { awaitWorktree, type FoundWorktree, findWorktree, requireSafeNames, requireWorktree } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

export interface CommitRequest {
  /** Commits everything first. */
  readonly message?: string | undefined;
  /** Takes HEAD although tracked files are modified. */
  readonly allowDirty?: boolean | undefined;
  /** Whether what is committed is run then, and not only recorded. */
  readonly isRun?: boolean;
}

/** A node's code as git has it. */
export interface SettledCommit {
  /** of the worktree, absolute */
  readonly path: string;
  /** full id; in a dry run that would commit, a word that stands for it */
  readonly commit: string;
  readonly branch: string | undefined;
  /** Whether nothing that git knows was modified. */
  readonly isClean: boolean;
  /** Pins the commit, so that it outlives its branch. Throws GitError. */
  readonly pin: () => Promise<void>;
}

/** Finds the commit that is the node's exact code. Throws DirtyWorktreeError, NotFoundError, GitError. */
export async function settleCommit(
  workspace: Workspace,
  node: IterationNode,
  request: CommitRequest,
): Promise<SettledCommit> {
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
  const isLikely = node.worktree?.commit === commit;
  const pin = () =>
    workspace.perform(
      `pin ${commit.slice(0, 7)}`,
      async () => void (await pinCommit(git, node.node_id, commit, { isLikely })),
    );
  const { branch, modified, hidden } = found.state;
  return { path, commit, branch, pin, isClean: modified.length === 0 && hidden.length === 0 };
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
  { allowDirty, isRun = false }: CommitRequest,
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
    const way = isOwn
      ? `Commit them, or let ${isRun ? "run do it, with --commit" : "sync do it, with"} -m MESSAGE.`
      : "Commit them.";
    const otherwise = isRun ? "runs them as they are, marked as not to be repeated" : "records HEAD without them";
    throw new DirtyWorktreeError(`${path} has uncommitted changes in ${files}`, {
      hint: `${way} --allow-dirty ${otherwise}.`,
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
