import { ConflictError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { isDead, parseIdentity } from "../system/process-identity.ts";
import { type Attempt, openAttempt } from "../tree/attempt.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";

/** Whether somebody is, or may be, behind an attempt that has not ended. */
export function isLive({ where, process: runBy }: Attempt): boolean {
  if (where === "manual") return true;
  const identity = runBy === undefined ? undefined : parseIdentity(runBy);
  return identity !== undefined && !isDead(identity);
}

/** Throws ConflictError for a node whose command runs: its worktree and its record are in use. */
export function refuseRunning(node: IterationNode): void {
  const open = openAttempt(node);
  if (!open?.process || !isLive(open)) return;
  throw new ConflictError(`'${node.node_id}' runs: attempt ${open.id}, since ${open.started_at ?? "an unknown time"}`, {
    hint: `First: tree-autoresearch cancel --id ${shellWord(node.node_id)}`,
  });
}
