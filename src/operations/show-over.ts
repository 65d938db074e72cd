import { statSync } from "node:fs";
import { filesOf } from "../runner/exit-record.ts";
import { findJob } from "../runner/find-job.ts";
import type { TreeFile } from "../store/tree-file.ts";
import { finishAttempt, openAttempt } from "../tree/attempt.ts";
import { requireNode } from "../tree/find-node.ts";
import { interruptedReason } from "../tree/interrupted-reason.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { isSafeId } from "../tree/node-id.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { judgeAttempt, reasonOf, type Verdict } from "./judge-attempt.ts";
import { runnerNamed } from "./runners.ts";

/** Of a longer log, what it says takes too long to find out for who only looks. */
const longLog = 16_000_000;
const unknown: Omit<Verdict, "origins"> = {
  outcome: "failed",
  reason: "its run has ended, and is judged by the next command that changes the tree",
};

/** Returns the tree as the next change would record it while the attempts of these nodes are over, and not recorded: nothing of it is written. */
export async function showOver(
  file: TreeFile,
  tree: IterationTree,
  ids: readonly string[],
  now: string,
): Promise<IterationTree> {
  let shown = tree;
  for (const id of ids) {
    const open = openAttempt(requireNode(tree, id));
    if (!open) continue;
    const verdict = await judge(file, tree, id, open);
    const request = { id, attempt: open.id, facts: { ended_at: now }, now };
    try {
      shown = finishAttempt(shown, { ...request, ...verdict }).tree;
    } catch (error) {
      shown = finishAttempt(shown, { ...request, outcome: "failed", reason: reasonOf(error) }).tree;
    }
  }
  return shown;
}

async function judge(
  file: TreeFile,
  tree: IterationTree,
  id: string,
  {
    id: attempt,
    where,
    process,
  }: { readonly id: number; readonly where?: string | undefined; readonly process?: string | undefined },
): Promise<Omit<Verdict, "origins">> {
  if (!isSafeId(id)) return { outcome: "interrupted", reason: interruptedReason };
  const folder = attemptFolder(file, id, attempt);
  const state = runnerNamed(where).poll({ folder, process });
  const size = statSync(filesOf(folder).log, { throwIfNoEntry: false })?.size ?? 0;
  if (state.is === "ended" && state.record.code === 0 && size > longLog) return unknown;
  const { origins: _, ...verdict } = await judgeAttempt(tree, { folder, state, job: findJob(folder) });
  return verdict;
}
