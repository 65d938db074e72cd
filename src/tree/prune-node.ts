import { ConflictError } from "../errors.ts";
import { type Change, replaceNode } from "./change.ts";
import { requireNode } from "./find-node.ts";
import type { IterationTree } from "./iteration-tree.ts";
import { findPruned, indexTree } from "./lineage.ts";

export interface PruneRequest {
  readonly id: string;
  readonly reason: string;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree with `id` marked pruned; its results stay, its status and reason are remembered. Throws NodeNotFoundError. */
export function pruneNode(tree: IterationTree, { id, reason: given, now }: PruneRequest): Change {
  const reason = given.toWellFormed();
  const node = requireNode(tree, id);
  if (node.status === "pruned" && node.reason === reason) return { tree, node, warnings: [] };
  const before = node.status === "pruned" ? node.before_prune : { status: node.status, reason: node.reason };
  return replaceNode(tree, { ...node, status: "pruned", reason, before_prune: before, updated_at: now });
}

/** Returns the tree with status and reason of `id` as they were before it was pruned. Throws ConflictError when it is not. */
export function unpruneNode(tree: IterationTree, { id, now }: Omit<PruneRequest, "reason">): Change {
  const node = requireNode(tree, id);
  if (node.status !== "pruned") {
    const above = findPruned(indexTree(tree), id);
    throw new ConflictError(`'${id}' is not pruned itself; its status is '${node.status}'`, {
      hint: above && `It counts as pruned because of '${above.node_id}': undo that one.`,
    });
  }
  const before = node.before_prune ?? { status: node.results ? "completed" : "pending" };
  const { status, reason } = { reason: undefined, ...before } as const;
  return replaceNode(tree, { ...node, status, reason, before_prune: undefined, updated_at: now });
}
