import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { addNode } from "../../src/tree/add-node.ts";
import { replaceNode } from "../../src/tree/change.ts";
import { deleteNode } from "../../src/tree/delete-node.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import type { IterationNode, IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode } from "../../src/tree/prune-node.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { hasOwnWorktree, worktreeFor } from "../../src/tree/worktree.ts";

/** A call of the program, and what it makes of a tree by the rules. */
export interface Action {
  readonly args: readonly string[];
  readonly apply: (tree: IterationTree) => IterationTree;
  /** Whether the call says, once it has been carried out, that there is nothing left to do. */
  readonly isSpent?: boolean;
}

const now = "2026-01-01T00:00:00Z";
const mostNodes = 12;

/** A call that is possible on this tree; the tree stays small. */
export function chooseAction(tree: IterationTree, root: string, random: () => number): Action {
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const word = Math.floor(random() * 2 ** 40).toString(36);
  const isThere = (node: IterationNode) => hasOwnWorktree(node) && existsSync(join(root, ".worktrees", node.node_id));
  const worktrees = tree.nodes.filter(isThere);
  const leaves = tree.nodes.filter((node) => node.parent_id !== null && node.children.length === 0);
  const node = pick(tree.nodes);
  const possible = [
    ...(tree.nodes.length < mostNodes ? [add(`n-${word}`, node, false), add(`w-${word}`, node, true)] : []),
    ...(leaves.length > 0 && tree.nodes.length > 4 ? [remove(pick(leaves))] : []),
    update(node, word),
    ...(node.parent_id === null ? [] : [prune(node, word, isThere(node))]),
    ...(worktrees.length > 0 ? [sync(pick(worktrees), root, word), dropWorktree(pick(worktrees))] : []),
    createWorktree(node),
  ];
  const action = pick(possible);
  action.begin?.();
  return action;
}

type Chosen = Action & { readonly begin?: () => void };

function add(id: string, { node_id: parent }: IterationNode, worktree: boolean): Chosen {
  const [description, command] = [`tries ${id}`, "node train.mjs"];
  return {
    args: [
      "add",
      "--id",
      id,
      "--parent",
      parent,
      "--desc",
      description,
      "--cmd",
      command,
      ...(worktree ? ["--worktree"] : []),
    ],
    apply: (tree) => addNode(tree, { id, parent, description, command, worktree, now }).tree,
  };
}

function update({ node_id: id }: IterationNode, word: string): Chosen {
  const description = `described as ${word}`;
  return {
    args: ["update", "--id", id, "--desc", description],
    apply: (tree) => updateNode(tree, { id, description, now }).tree,
  };
}

function prune({ node_id: id }: IterationNode, word: string, isThere: boolean): Chosen {
  return {
    args: ["prune", "--id", id, "--reason", word, ...(isThere ? ["--remove-worktree"] : [])],
    apply: (tree) => pruneNode(tree, { id, reason: word, now }).tree,
  };
}

function remove({ node_id: id }: IterationNode): Chosen {
  const apply = (tree: IterationTree) =>
    tree.nodes.some((node) => node.node_id === id) ? deleteNode(tree, { id }).tree : tree;
  return { args: ["delete", "--id", id], apply, isSpent: true };
}

function sync({ node_id: id }: IterationNode, root: string, word: string): Chosen {
  const folder = join(root, ".worktrees", id);
  const head = () => execFileSync("git", ["-C", folder, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  return {
    args: ["sync", "--id", id, "-m", word],
    begin: () => writeFileSync(join(folder, "note.txt"), word),
    apply: (tree) => setCommit(tree, { id, commit: head(), now }).tree,
  };
}

function createWorktree({ node_id: id }: IterationNode): Chosen {
  return {
    args: ["worktree", "--id", id, "--create"],
    apply(tree) {
      const node = requireNode(tree, id);
      const worktree = hasOwnWorktree(node) ? node.worktree : worktreeFor(id);
      return replaceNode(tree, { ...node, worktree }).tree;
    },
  };
}

function dropWorktree({ node_id: id }: IterationNode): Chosen {
  return { args: ["worktree", "--id", id, "--remove"], apply: (tree) => tree, isSpent: true };
}
