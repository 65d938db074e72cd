import { findRecord } from "../runner/exit-record.ts";
import type { TreeFile } from "../store/tree-file.ts";
import { openAttempt } from "../tree/attempt.ts";
import { interruptedReason } from "../tree/interrupted-reason.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { isSafeId } from "../tree/node-id.ts";
import { attemptFolder } from "./attempt-folder.ts";

/** Returns the tree as it is to be shown while the attempts of these nodes are over, and not recorded: nothing of it is written. */
export function showOver(file: TreeFile, tree: IterationTree, ids: readonly string[]): IterationTree {
  const nodes = tree.nodes.map((node) => (ids.includes(node.node_id) ? shown(file, node) : node));
  return { ...tree, nodes };
}

function shown(file: TreeFile, node: IterationNode): IterationNode {
  const attempt = openAttempt(node)?.id;
  const record =
    attempt === undefined || !isSafeId(node.node_id)
      ? undefined
      : findRecord(attemptFolder(file, node.node_id, attempt));
  // How it went takes as long to find out as it takes to record it.
  if (record) return { ...node, reason: "its run has ended, which the next change records" };
  return { ...node, status: "failed", reason: interruptedReason };
}
