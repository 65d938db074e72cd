import { isDead, parseIdentity } from "../system/process-identity.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";

/** The nodes that are said to run, and whose process is certainly gone. Of those that somebody else set to run nothing is known. */
export function findOver({ nodes }: IterationTree): readonly string[] {
  const over: string[] = [];
  for (const node of nodes) {
    if (node.status !== "running") continue;
    const attempt = node.attempts?.at(-1);
    const identity = attempt?.process !== undefined && !attempt.ended_at ? parseIdentity(attempt.process) : undefined;
    if (identity && isDead(identity)) over.push(node.node_id);
  }
  return over;
}
