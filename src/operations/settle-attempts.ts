import { asTreeError } from "../errors.ts";
import { openAttempt } from "../tree/attempt.ts";
import { findNode } from "../tree/find-node.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { endAttempt } from "./end-attempt.ts";
import { findOver } from "./find-over.ts";
import { runnerNamed } from "./runners.ts";
import type { Workspace } from "./workspace.ts";

/** Records how those attempts ended that nobody is behind any more, as when whoever ran them was killed. */
export async function settleAttempts(workspace: Workspace, tree: IterationTree, ids = findOver(tree)): Promise<void> {
  const runner = runnerNamed();
  for (const id of ids) {
    const node = findNode(tree, id);
    const open = node && openAttempt(node);
    if (!open) continue;
    try {
      const state = runner.poll({ folder: attemptFolder(workspace.file, id, open.id), process: open.process });
      const { outcome, node: settled } = await endAttempt(workspace, { id, attempt: open.id, state });
      workspace.warn(`attempt ${open.id} of '${id}' had ended, and is recorded now: ${settled.reason ?? outcome}`);
    } catch (error) {
      // It must not keep the others from being recorded.
      const { message } = asTreeError(error);
      workspace.warn(`how attempt ${open.id} of '${id}' ended could not be recorded: ${message}`);
    }
  }
}
