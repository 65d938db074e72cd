import { ConflictError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { type Attempt, finishAttempt, openAttempt } from "../tree/attempt.ts";
import type { Change } from "../tree/change.ts";
import { requireNode } from "../tree/find-node.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { type EndedAttempt, endAttempt } from "./end-attempt.ts";
import { runnerNamed } from "./runners.ts";
import type { Workspace } from "./workspace.ts";

/** Milliseconds between two looks at what was asked to end. */
const pause = 100;

/** Ends the attempt of a node that runs or waits, whoever began it, and records that it was cancelled. Throws NodeNotFoundError, ConflictError when there is none. */
export async function cancelNode(workspace: Workspace, id: string): Promise<Change | EndedAttempt> {
  const node = requireNode(await workspace.loadNodes(), id);
  const open = openAttempt(node);
  if (!open) throw notRunning(id, node.status);
  const attempt = open.id;
  if (node.status === "waiting") {
    const facts = { ended_at: workspace.now() };
    return workspace.edit((tree) =>
      finishAttempt(tree, { id, attempt, outcome: "cancelled", reason: "cancelled", facts, now: workspace.now() }),
    );
  }
  const place = { folder: attemptFolder(workspace.file, id, attempt), process: open.process };
  const runner = runnerNamed(open.where);
  await workspace.perform(`end attempt ${attempt} of '${id}'`, () => {});
  if (workspace.dryRun) return { tree: await workspace.load(), node, warnings: [] };
  let state = runner.poll(place);
  if (state.is === "running" && !runner.cancel(place, "cancelled")) throw elsewhere(id, open);
  while (state.is === "running") {
    await new Promise((resolve) => setTimeout(resolve, pause));
    state = runner.poll(place);
  }
  return endAttempt(workspace, { id, attempt, state });
}

function elsewhere(id: string, { id: attempt, process: runBy = "" }: Attempt): ConflictError {
  const [pid, , host = ""] = runBy.split("~");
  return new ConflictError(
    `Attempt ${attempt} of '${id}' is run by process ${pid} on ${host.split(",")[0]}, which cannot be asked from here`,
    {
      hint: `Cancel it there. If it is certainly gone: tree-autoresearch update --id ${shellWord(id)} --status failed --reason TEXT`,
    },
  );
}

function notRunning(id: string, status: string): ConflictError {
  const isOthers = status === "running" || status === "waiting";
  return new ConflictError(
    isOthers
      ? `'${id}' is ${status}, but no attempt of ours is known that could be ended`
      : `'${id}' does not run: it is ${status}`,
    {
      hint: isOthers
        ? `Set what it is now: tree-autoresearch update --id ${shellWord(id)} --status failed --reason TEXT`
        : `See: tree-autoresearch get --id ${shellWord(id)}`,
    },
  );
}
