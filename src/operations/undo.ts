import { resolve } from "node:path";
import { asTreeError, ConflictError, InternalError, NotFoundError } from "../errors.ts";
import type { Repository } from "../git/find-repository.ts";
import { surveyRepository } from "../git/survey.ts";
import { shellWord } from "../shell-word.ts";
import type { Version } from "../store/history.ts";
import { type History, loadHistory } from "../store/restore-version.ts";
import { isThere } from "../system/is-there.ts";
import { openAttempt } from "../tree/attempt.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { isSafeId } from "../tree/node-id.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { findOver } from "./find-over.ts";
import { isLive } from "./is-live.ts";
import type { Workspace } from "./workspace.ts";

/** What was taken back, and what is not a matter of the tree file. */
export interface Undone {
  /** The version that the file is again. */
  readonly restored: number;
  /** What was taken back, newest first. */
  readonly undone: readonly Version[];
  /** Whether an edit by hand that no version had yet was taken back with them; it is a version now. */
  readonly edited_by_hand: boolean;
  readonly not_undone: readonly LeftAlone[];
}

/** A worktree or branch that is there, or is not there, although the tree now says otherwise. */
interface LeftAlone {
  readonly node_id: string;
  readonly what: "worktree" | "branch";
  readonly name: string;
  /** `gone`: the node is back, but this is not. `stays`: the node is gone, but this is not. */
  readonly state: "gone" | "stays";
}

/**
 * Makes the tree file what it was before its last change, or in the version `to`. That is a new version, so it can be
 * undone itself. Throws NotFoundError; ConflictError when somebody edited the file by hand since, or changes it meanwhile,
 * and when a run would lose its record.
 */
export async function undo(workspace: Workspace, { to }: { readonly to?: number | undefined }): Promise<Undone> {
  const seen = loadHistory(workspace.file);
  const version = to ?? previousOf(seen);
  const check = (before: IterationTree, after: IterationTree) => refuseLost(before, after, version);
  const { before, tree } = await workspace.restore({ version, seen, check });
  const over = findOver(tree);
  if (over.length > 0)
    workspace.warn(
      `${over.join(", ")}: the run has ended, and how it ended is recorded again by the next change; undo --to an earlier version takes it back altogether`,
    );
  return {
    restored: version,
    undone: seen.versions.filter((each) => each.version > version).reverse(),
    edited_by_hand: seen.isEdited,
    not_undone: await findLeftAlone(workspace, before, tree).catch((error: unknown) => {
      const known = asTreeError(error);
      if (known instanceof InternalError) throw error;
      workspace.warn(`the file is restored; worktrees and branches could not be looked at: ${known.message}`);
      return [];
    }),
  };
}

/** Throws ConflictError when an attempt runs of which the file would know nothing any more. */
function refuseLost(before: IterationTree, after: IterationTree, version: number): void {
  const kept = byId(after);
  for (const node of before.nodes) {
    const open = openAttempt(node);
    if (!open?.process || !isLive(open)) continue;
    if (kept.get(node.node_id)?.attempts?.some((attempt) => attempt.process === open.process)) continue;
    throw new ConflictError(`'${node.node_id}' runs: version ${version} knows nothing of its attempt ${open.id}`, {
      hint: `Wait for it, or first: tree-autoresearch cancel --id ${shellWord(node.node_id)}`,
    });
  }
}

function previousOf({ versions, isEdited }: History): number {
  const last = versions.at(-1);
  const previous = versions.at(-2);
  if (!last || !previous) {
    throw new NotFoundError("There is nothing to undo: no change of this tree file is kept", {
      hint: "See: tree-autoresearch history",
    });
  }
  if (!isEdited) return previous.version;
  throw new ConflictError(`The file was changed or deleted by hand since version ${last.version} (${last.command})`, {
    hint: `To keep that change, undo in your editor or with a command. To take it back (what cannot be read, move away first): tree-autoresearch undo --to ${last.version}`,
  });
}

/** Looks at every node whose worktree the two trees do not agree about, or one of which counts it out. */
async function findLeftAlone(
  { repository }: Workspace,
  before: IterationTree | undefined,
  after: IterationTree,
): Promise<readonly LeftAlone[]> {
  const [old, now] = [byId(before), byId(after)];
  const differing = [...new Set([...now.keys(), ...old.keys()])].filter((id) => {
    const about = (node: IterationNode | undefined) => node && [node.worktree, node.status === "pruned"];
    return !sameValue(about(old.get(id)), about(now.get(id)));
  });
  const isConcerned = differing.some((id) => old.get(id)?.worktree || now.get(id)?.worktree);
  if (!repository || !isConcerned) return [];
  const { branches } = await surveyRepository(repository, []);
  return differing.flatMap((id) => [
    ...lookAt(repository, now.get(id), branches).filter(({ state }) => state === "gone"),
    ...(now.get(id)?.worktree
      ? []
      : lookAt(repository, old.get(id), branches).filter(({ state }) => state === "stays")),
  ]);
}

function byId(tree: IterationTree | undefined): ReadonlyMap<string, IterationNode> {
  return new Map((tree?.nodes ?? []).map((node) => [node.node_id, node]));
}

/** Whether the node's worktree and branch are there; nothing about names that git may not be asked about. */
function lookAt(
  { root }: Repository,
  node: IterationNode | undefined,
  branches: ReadonlyMap<string, string>,
): readonly LeftAlone[] {
  if (!node?.worktree || !hasOwnWorktree(node) || !isSafeId(node.node_id)) return [];
  const { node_id, worktree } = node;
  const stateOf = (isFound: boolean) => (isFound ? "stays" : "gone");
  return [
    { node_id, what: "worktree", name: worktree.path, state: stateOf(isThere(resolve(root, worktree.path))) },
    { node_id, what: "branch", name: worktree.branch, state: stateOf(branches.has(worktree.branch)) },
  ];
}
