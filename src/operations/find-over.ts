import { isDead, type ProcessIdentity, parseIdentity } from "../system/process-identity.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";

/** The nodes that are said to run, and whose process is certainly gone. Of those that somebody else set to run nothing is known. */
export function findOver({ nodes }: IterationTree): readonly string[] {
  const over: string[] = [];
  for (const node of nodes) {
    if (node.status !== "running") continue;
    const identity = processBehind(node);
    if (identity && isDead(identity)) over.push(node.node_id);
  }
  return over;
}

/** Who runs the last attempt, as the tree has it; undefined when it has ended, or nobody is named. */
export function processBehind({ attempts }: IterationNode): ProcessIdentity | undefined {
  const attempt = attempts?.at(-1);
  return attempt?.process !== undefined && !attempt.ended_at ? parseIdentity(attempt.process) : undefined;
}
