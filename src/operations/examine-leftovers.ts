import { dirname, join, relative, resolve } from "node:path";
import { ConflictError, TreeError } from "../errors.ts";
import type { Repository } from "../git/find-repository.ts";
import { endAside, listAside } from "../git/leaving.ts";
import { requireInside } from "../git/path-jail.ts";
import { listLeftScratch } from "../git/scratch.ts";
import { clearUnfinished, listUnfinished } from "../git/unfinished.ts";
import { listEntries } from "../git/worktree-entries.ts";
import { shellWord } from "../shell-word.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import type { Fault, Note } from "./fault.ts";
import { requireSafeNames } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

/** What killed calls left beside the worktrees; `faults` are those of the nodes, some of which still need it. */
export function examineLeftovers(
  repository: Repository,
  tree: IterationTree,
  faults: readonly Fault[],
): readonly Fault[] {
  const scratch = listLeftScratch(repository).map((folder): Fault => {
    const message = `${folder} was left by a process that cannot be seen from here; when it is certainly gone, delete it`;
    return { code: "leftover-file", node_id: null, message, fix: null };
  });
  return [...examineAside(repository, tree), ...examineUnfinished(repository, tree, faults), ...scratch];
}

/** The nodes by the absolute path of their worktree; without those whose names git must not be given. */
export function placesOf(repository: Repository, { nodes }: IterationTree): ReadonlyMap<string, string> {
  return new Map(
    nodes.flatMap((node) => {
      const path = safePlaceOf(repository, node);
      return path === undefined ? [] : [[path, node.node_id] as const];
    }),
  );
}

function safePlaceOf({ root }: Repository, node: IterationNode): string | undefined {
  if (!node.worktree || !hasOwnWorktree(node)) return undefined;
  try {
    requireSafeNames(node);
    const path = requireInside(root, node.worktree.path, "the worktree");
    return path === root ? undefined : path;
  } catch (error) {
    // A finding of its own.
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/** What removals that were killed left aside. */
function examineAside(repository: Repository, tree: IterationTree): readonly Fault[] {
  const nodes = placesOf(repository, tree);
  return listAside(repository, [...nodes.keys()]).map((aside): Fault => {
    const base = { code: "leftover-file", node_id: nodes.get(aside.path) ?? null } as const;
    const message = `${aside.folder} is what was at ${aside.path}, and its removal was cut off`;
    if (aside.fate === "stuck") return { ...base, message: `${message}: look at it, and move it away`, fix: null };
    const mend = async () => {
      if (!endAside(aside)) throw new ConflictError(`${aside.folder} stays: look at it`);
    };
    return { ...base, message, fix: aside.fate === "back" ? "move it back" : "delete it", mend };
  });
}

/** What killed adds left that no node needs any more: it is deleted, or has its worktree by now. */
function examineUnfinished(
  repository: Repository,
  { nodes }: IterationTree,
  faults: readonly Fault[],
): readonly Fault[] {
  const isNeeded = new Set(faults.filter(({ code }) => code === "unfinished-add").map(({ node_id }) => node_id));
  const needed = nodes
    .filter(({ node_id }) => isNeeded.has(node_id))
    .flatMap(({ worktree }) => (worktree ? listUnfinished(repository, resolve(repository.root, worktree.path)) : []));
  return listUnfinished(repository)
    .filter((folder) => !needed.includes(folder))
    .map((folder) => ({
      ...{ code: "leftover-file", node_id: null, message: `${folder} was never finished`, fix: "remove it" },
      mend: async () => clearUnfinished(repository, [folder]),
    }));
}

/** Worktrees of ours that no node owns: an add was undone, or a node deleted with --keep-worktree. */
export function findStrays({ repository }: Workspace, { nodes }: IterationTree): readonly Note[] {
  if (!repository) return [];
  const owned = new Set(nodes.flatMap(({ worktree }) => (worktree ? [resolve(repository.root, worktree.path)] : [])));
  const aside = new Set(listAside(repository, []).map(({ path }) => path));
  return listEntries(repository)
    .filter(({ path }) => dirname(path) === join(repository.root, ".worktrees") && !owned.has(path))
    .filter(({ path }) => !aside.has(path))
    .map(({ path, branch = "no branch" }) => {
      const name = relative(repository.root, path);
      // No command that removes it: git's own deletes what is ignored, checkpoints among it, without a word.
      const look = `git -C ${shellWord(name)} status --ignored`;
      return {
        node_id: null,
        message: `${name} (${branch}) belongs to no node; undo brings its node back; what is in it: ${look}`,
      };
    });
}
