import { rmSync } from "node:fs";
import { requireInside } from "../git/path-jail.ts";
import type { Runner, Submission } from "../runner/runner.ts";
import { nextAttempt, startAttempt } from "../tree/attempt.ts";
import { requireBudget } from "../tree/budget.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import type { Objective } from "../tree/results.ts";
import { setObjective } from "../tree/set-objective.ts";
import { attemptName, newAttemptFolder } from "./attempt-folder.ts";
import { isLive } from "./is-live.ts";
import { type JobSettings, jobOf, setupOf } from "./job.ts";
import { type CommitRequest, settleCommit } from "./settle-commit.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** How a node is run. */
export interface Settings extends CommitRequest, JobSettings {
  /** Instead of the node's own, and from then on its own. */
  readonly command?: string | undefined;
  /** Among how many the rest of the budget is to be shared, this run one of them. */
  readonly sharers?: (tree: IterationTree) => number;
  /** Written into the tree when a run begins. */
  readonly objective?: Objective | undefined;
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
    await (await settleCommit(workspace, node, { ...settings, isRun: true })).pin();
    await workspace.perform(`run in ${cwd}: ${command}`, () => {});
    return undefined;
  }
  // What is left of the whole is shared by those that run at the same time.
  const share = limit && limit.seconds / (limit.isRest ? (settings.sharers?.(tree) ?? 1) : 1);
  const most = share && Math.ceil(share * 1_000) / 1_000;
  const isLimited = most !== undefined && most < (settings.timeout ?? Number.POSITIVE_INFINITY);
  const limitedBy = isLimited ? (limit?.isRest ? "budget.total" : "budget.run") : undefined;
  const timeout = isLimited ? most : settings.timeout;
  const { attempt, folder } = newAttemptFolder(workspace.file, id, nextAttempt(node));
  let submission: Submission | undefined;
  let pinned: Promise<void>;
  try {
    const job = jobOf(tree, { id, folder, cwd, command, seed: attempt }, { ...settings, timeout, limitedBy });
    const settling = settleCommit(workspace, node, { ...settings, isRun: true });
    settling.catch(() => {});
    // git is at work then; the supervisor gets ready meanwhile, and while the attempt is recorded.
    await new Promise(setImmediate);
    submission = await runner.submit(job);
    const { process: runBy } = submission;
    const settled = await settling;
    const { commit, isClean } = settled;
    // Beside what follows, and begun before the tree names the commit.
    pinned = settled.pin();
    pinned.catch(() => {});
    await workspace.edit((now) => {
      requireBudget(now, id, workspace.now());
      return startAttempt(settings.objective ? setObjective(now, settings.objective) : now, {
        ...{ id, isLive, command: settings.command, now: workspace.now() },
        status: runBy === undefined ? "waiting" : "running",
        attempt: {
          ...{ id: attempt, where: runner.name, started_at: workspace.now(), process: runBy },
          ...{ ended_at: undefined, commit, clean: isClean, setup: setupOf(now, requireNode(now, id), command) },
          ...(timeout !== null && { limit: timeout }),
          ...(settings.seedEnv !== undefined && { seed: attempt }),
          log: `${attemptName(id, attempt)}/log`,
        },
      });
    });
  } catch (error) {
    submission?.abandon();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  submission.start();
  // It runs already: its branch has the commit as long as it is there.
  await pinned.catch(({ message }: Error) => workspace.warn(`the commit of '${id}' is not pinned: ${message}`));
  return { attempt, submission, timeout, isRest: limitedBy === "budget.total" };
}

/** Where the command runs: within the node's worktree. Throws ConflictError, InvalidTreeError for what leads out of it. */
function folderOf(workspace: Workspace, { node_id, worktree, working_dir }: IterationNode): string {
  const path = requireInside(requireRepository(workspace).root, worktree?.path ?? ".", `worktree.path of '${node_id}'`);
  return requireInside(path, working_dir, `working_dir of '${node_id}'`, "src");
}
