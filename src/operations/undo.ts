import { existsSync } from "node:fs";
import { ConflictError, NotFoundError, TreeError } from "../errors.ts";
import { findCommit } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { requireInside } from "../git/path-jail.ts";
import type { Version } from "../store/history.ts";
import { type History, loadHistory } from "../store/restore-version.ts";
import { hasOwnWorktree } from "../tree/add-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { requireSafeNames } from "./read-worktree.ts";
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
 * undone itself. Throws NotFoundError; ConflictError when somebody edited the file by hand since, or changes it meanwhile.
 */
export async function undo(workspace: Workspace, { to }: { readonly to?: number | undefined }): Promise<Undone> {
  const seen = loadHistory(workspace.file);
  const version = to ?? previousOf(seen);
  const { before, tree } = await workspace.restore({ version, seen });
  return {
    restored: version,
    undone: seen.versions.filter((each) => each.version > version).reverse(),
    edited_by_hand: seen.isEdited,
    not_undone: await findLeftAlone(workspace, before, tree),
  };
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
  throw new ConflictError(`The file was changed by hand since version ${last.version} (${last.command})`, {
    hint: `To keep that change, undo in your editor or with a command. To take it back: tree-autoresearch undo --to ${last.version}`,
  });
}

async function findLeftAlone(
  workspace: Workspace,
  before: IterationTree | undefined,
  after: IterationTree,
): Promise<readonly LeftAlone[]> {
  const [old, now] = [idsOf(before?.nodes ?? []), idsOf(after.nodes)];
  const back = after.nodes.filter((node) => !old.has(node.node_id));
  const gone = (before?.nodes ?? []).filter((node) => !now.has(node.node_id));
  const [missing, staying] = [back.map((node) => look(workspace, node)), gone.map((node) => look(workspace, node))];
  return [
    ...(await Promise.all(missing)).flat().filter(({ state }) => state === "gone"),
    ...(await Promise.all(staying)).flat().filter(({ state }) => state === "stays"),
  ];
}

function idsOf(nodes: readonly IterationNode[]): ReadonlySet<string> {
  return new Set(nodes.map((node) => node.node_id));
}

/** Whether the node's worktree and branch are there. */
async function look({ repository }: Workspace, node: IterationNode): Promise<readonly LeftAlone[]> {
  const { node_id, worktree } = node;
  if (!repository || !worktree || !hasOwnWorktree(node)) return [];
  try {
    requireSafeNames(node);
    const isThere = existsSync(requireInside(repository.root, worktree.path, "worktree.path"));
    const hasBranch = await findCommit(gitIn(repository.root), `refs/heads/${worktree.branch}`);
    return [
      { node_id, what: "worktree", name: worktree.path, state: isThere ? "stays" : "gone" },
      { node_id, what: "branch", name: worktree.branch, state: hasBranch ? "stays" : "gone" },
    ];
  } catch (error) {
    if (error instanceof TreeError) return []; // no name that git may be asked about
    throw error;
  }
}
