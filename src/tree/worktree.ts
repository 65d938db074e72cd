import type { IterationNode, Worktree } from "./iteration-tree.ts";

/** Where a node's own worktree lies and which branch it is on. */
export function worktreeFor(id: string): Worktree {
  return { path: `.worktrees/${id}`, branch: `iter/${id}`, commit: null };
}

/** Whether the node has a worktree of its own, and does not share the main one. */
export function hasOwnWorktree({ worktree }: IterationNode): boolean {
  return worktree !== null && worktree.path !== ".";
}
