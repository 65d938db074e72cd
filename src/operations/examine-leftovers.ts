import { dirname, join, relative, resolve } from "node:path";
import { ConflictError } from "../errors.ts";
import type { Repository } from "../git/find-repository.ts";
import { endAside, findAside, listAside } from "../git/leaving.ts";
import { clearUnfinished, listUnfinished } from "../git/unfinished.ts";
import { listEntries } from "../git/worktree-entries.ts";
import { shellWord } from "../shell-word.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import type { Fault, Note } from "./fault.ts";
import type { Workspace } from "./workspace.ts";

/** What killed calls left beside the worktrees; `faults` are those of the nodes, some of which still need it. */
export function examineLeftovers(
  repository: Repository,
  tree: IterationTree,
  faults: readonly Fault[],
): readonly Fault[] {
  return [...examineAside(repository, tree), ...examineUnfinished(repository, tree, faults)];
}

function placesOf({ root }: Repository, { nodes }: IterationTree): ReadonlyMap<string, string> {
  const own = nodes.flatMap((node) =>
    hasOwnWorktree(node) && node.worktree ? [[node, node.worktree.path] as const] : [],
  );
  return new Map(own.map(([{ node_id }, path]) => [resolve(root, path), node_id]));
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
  return listEntries(repository)
    .filter(({ path }) => dirname(path) === join(repository.root, ".worktrees") && !owned.has(path))
    .filter(({ path }) => findAside(repository, path).length === 0)
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
