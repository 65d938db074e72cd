import { rmSync } from "node:fs";
import { requireInside } from "../git/path-jail.ts";
import type { Runner, Submission } from "../runner/runner.ts";
import { nextAttempt, startAttempt } from "../tree/attempt.ts";
import { requireBudget } from "../tree/budget.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { attemptName, newAttemptFolder } from "./attempt-folder.ts";
import { isLive } from "./is-live.ts";
import { type JobSettings, jobOf, setupOf } from "./job.ts";
import { type CommitRequest, settleCommit } from "./settle-commit.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** How a node is run. */
export interface Settings extends CommitRequest, JobSettings {
  /** Instead of the node's own, and from then on its own. */
  readonly command?: string | undefined;
  /** How many run at the same time, at the most. */
  readonly share?: number;
}

export interface Started {
  readonly attempt: number;
  readonly submission: Submission;
  /** Seconds; null for no limit. */
  readonly timeout: number | null;
  /** Whether it is stopped when the whole budget is spent. */
  readonly isRest: boolean;
}

/** Records that an attempt of a node of `tree`, as it was read just now, begins, and lets it: whoever is killed in between leaves none that runs unrecorded. Undefined in a dry run. Throws what settleCommit throws, BudgetExhaustedError, ConflictError. */
export async function startRun(
  workspace: Workspace,
  tree: IterationTree,
  id: string,
  settings: Settings,
  runner: Runner,
): Promise<Started | undefined> {
  const node = requireNode(tree, id);
  const limit = requireBudget(tree, id, workspace.now());
  const cwd = folderOf(workspace, node);
  const command = settings.command ?? node.command;
  if (workspace.dryRun) {
    await (await settleCommit(workspace, node, settings)).pin();
    await workspace.perform(`run in ${cwd}: ${command}`, () => {});
    return undefined;
  }
  // What is left of the whole is shared by those that run at the same time.
  const most = limit && limit.seconds / (limit.isRest ? (settings.share ?? 1) : 1);
  const isRest = most !== undefined && most < (settings.timeout ?? Number.POSITIVE_INFINITY);
  const timeout = isRest ? most : settings.timeout;
  const { attempt, folder } = newAttemptFolder(workspace.file, id, nextAttempt(node));
  // It takes as long to get ready as git takes to look at the worktree.
  const submission = await runner.submit(
    jobOf(tree, { id, folder, cwd, command, seed: attempt }, { ...settings, timeout }),
  );
  let pin: () => Promise<void>;
  try {
    const settled = await settleCommit(workspace, node, settings);
    const { commit, isClean } = settled;
    pin = settled.pin;
    await workspace.edit((now) => {
      requireBudget(now, id, workspace.now());
      return startAttempt(now, {
        ...{ id, isLive, command: settings.command, now: workspace.now() },
        status: submission.process === undefined ? "waiting" : "running",
        attempt: {
          ...{ id: attempt, where: runner.name, started_at: workspace.now(), process: submission.process },
          ...{ ended_at: undefined, commit, clean: isClean, setup: setupOf(now, requireNode(now, id), command) },
          ...(timeout !== null && { limit: timeout }),
          ...(settings.seedEnv !== undefined && { seed: attempt }),
          log: `${attemptName(id, attempt)}/log`,
        },
      });
    });
  } catch (error) {
    submission.abandon();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  submission.start();
  // It runs already: its branch has the commit as long as it is there.
  await pin().catch(({ message }: Error) => workspace.warn(`the commit of '${id}' is not pinned: ${message}`));
  return { attempt, submission, timeout, isRest: isRest && limit?.isRest === true };
}

/** Where the command runs: within the node's worktree. Throws ConflictError, InvalidTreeError for what leads out of it. */
function folderOf(workspace: Workspace, { node_id, worktree, working_dir }: IterationNode): string {
  const path = requireInside(requireRepository(workspace).root, worktree?.path ?? ".", `worktree.path of '${node_id}'`);
  return requireInside(path, working_dir, `working_dir of '${node_id}'`, "src");
}
