import { resolve } from "node:path";
import { asTreeError, BudgetExhaustedError, ConflictError, InternalError, type TreeError } from "../errors.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import type { AttemptPlace } from "../runner/runner.ts";
import { shellWord } from "../shell-word.ts";
import { openAttempt, requireRunnable } from "../tree/attempt.ts";
import { checkSettings } from "../tree/check-settings.ts";
import { findNode, requireNode } from "../tree/find-node.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { findObjectives } from "../tree/objective.ts";
import { setObjective } from "../tree/set-objective.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { awaitEnd } from "./await-end.ts";
import { type AwaitedResults, describeAwaited } from "./collect.ts";
import { createNodeWorktree } from "./create-worktree.ts";
import type { EndedAttempt } from "./end-attempt.ts";
import { isLive } from "./is-live.ts";
import { requireSafeNames } from "./read-worktree.ts";
import type { NodeRun, RunContext } from "./run-context.ts";
import { runnerNamed } from "./runners.ts";
import { type Settings, startRun } from "./start-run.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

export interface RunRequest extends Settings {
  readonly ids: readonly string[];
  /** How often each node runs. */
  readonly repeat: number;
  /** Where they run. */
  readonly where: string;
  /** How many nodes run at the same time. */
  readonly jobs: number;
  /** One for each job, through CUDA_VISIBLE_DEVICES. */
  readonly gpus?: readonly string[] | undefined;
}

/** Runs the nodes' commands in their worktrees, and records how that went. Throws before anything runs for what can be known before; what happens to one node keeps no other one from running. */
export async function runNodes(
  workspace: Workspace,
  request: RunRequest,
  context: RunContext,
): Promise<readonly NodeRun[]> {
  requireRepository(workspace);
  const { objective } = request;
  const loaded = await workspace.load();
  // Written when the first one begins: what is refused leaves nothing.
  const tree = objective ? setObjective(loaded, objective) : loaded;
  if (objective && tree.objective !== loaded.objective && workspace.dryRun)
    await workspace.perform(`write the objective ${objective.metric} (${objective.direction})`, () => {});
  const ids = [...new Set(request.ids)];
  if (ids.length === 0) return [];
  requireObjective(tree, ids);
  checkSettings(tree);
  for (const id of ids) requireSafeNames(requireRunnable(tree, id, isLive));
  const waiting = [...ids];
  const jobs = Math.min(request.jobs, ids.length);
  const done = new Map<string, NodeRun>();
  // Those that run have taken their share already.
  const sharers = (now: IterationTree) => {
    const isOpen = (id: string) => {
      const node = findNode(now, id);
      return node !== undefined && openAttempt(node) !== undefined;
    };
    const running = ids.filter((id) => !done.has(id) && isOpen(id)).length;
    return Math.max(1, Math.min(jobs - running, ids.length - done.size - running));
  };
  const work = async (gpu: string | undefined) => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (context.signal.aborted) return;
      done.set(id, await runNode(workspace, id, { ...request, gpu, sharers }, context));
    }
  };
  await Promise.all(Array.from({ length: jobs }, (_, i) => work(request.gpus?.[i])));
  return ids.map((id) => done.get(id) ?? { id, attempts: [], error: notStarted(id) });
}

function notStarted(id: string): TreeError {
  return new ConflictError(`'${id}' was not started, since the run was interrupted`, {
    hint: `Run it again: tree-autoresearch run --id ${shellWord(id)}`,
  });
}

/** Throws ConflictError where nobody could tell what of all that is measured counts. */
function requireObjective(tree: IterationTree, ids: readonly string[]): void {
  if (findObjectives(tree).length > 0 || tree.metrics?.results_file) return;
  throw new ConflictError("The tree has no objective yet, so it is not known which metric counts", {
    hint: `Name it once, here an accuracy: tree-autoresearch run --id ${ids.map(shellWord).join(" ")} --objective accuracy:maximize`,
  });
}

function shareSpent(id: string, seconds: number | null): BudgetExhaustedError {
  return new BudgetExhaustedError(
    `The budget is exhausted: '${id}' has spent the ${seconds} s that were its share of the rest`,
    {
      hint: "Ask whoever set it; `budget.total` in the tree file says how much there is.",
    },
  );
}

async function runNode(
  workspace: Workspace,
  id: string,
  request: Pick<RunRequest, "repeat" | "where"> & Settings,
  context: RunContext,
): Promise<NodeRun> {
  const attempts: EndedAttempt[] = [];
  try {
    const first = await giveWorktree(workspace, id);
    for (let turn = 0; turn < request.repeat && !context.signal.aborted; turn++) {
      // A commit is made once; what the command itself changes then is for somebody to look at.
      const settings = turn === 0 ? request : { ...request, message: undefined };
      const tree = turn === 0 ? first : await workspace.load();
      const begun = await beginOnce(workspace, tree, id, settings);
      if (!begun) return { id, attempts }; // a dry run
      if (begun.ended === undefined) return { id, attempts, awaited: await describeTask(workspace, id) };
      const ended = await awaitEnd(workspace, { id, ...begun, ended: begun.ended }, context);
      attempts.push(ended);
      if (ended.outcome === "timeout" && begun.isRest) throw shareSpent(id, begun.timeout);
      if (ended.outcome !== "completed") break;
    }
    return { id, attempts };
  } catch (error) {
    const known = asTreeError(error);
    if (known instanceof InternalError) throw error;
    return { id, attempts, error: known };
  }
}

/** Returns the tree in which the node has one. */
async function giveWorktree(workspace: Workspace, id: string): Promise<IterationTree> {
  const tree = await workspace.load();
  const { worktree, ...node } = requireNode(tree, id);
  const repository = requireRepository(workspace);
  const path = worktree?.path;
  // That of a node without one of its own is the main worktree, where people work.
  const isReady =
    path !== undefined &&
    hasOwnWorktree({ ...node, worktree }) &&
    worktreeAt(repository, resolve(repository.root, path)) === "ready";
  if (isReady) return tree;
  await createNodeWorktree(workspace, id);
  return workspace.load();
}

interface Begun {
  readonly attempt: number;
  readonly isRest: boolean;
  readonly timeout: number | null;
  readonly place: AttemptPlace;
  /** undefined when there is no process that could end */
  readonly ended: Promise<void> | undefined;
}

async function beginOnce(
  workspace: Workspace,
  tree: IterationTree,
  id: string,
  { where, ...settings }: Settings & Pick<RunRequest, "where">,
): Promise<Begun | undefined> {
  const started = await startRun(workspace, tree, id, settings, runnerNamed(where));
  if (!started) return undefined;
  const { submission, ...rest } = started;
  const place = { folder: attemptFolder(workspace.file, id, rest.attempt), process: submission.process };
  return { ...rest, place, ended: submission.process === undefined ? undefined : submission.ended() };
}

async function describeTask(workspace: Workspace, id: string): Promise<AwaitedResults> {
  const tree = await workspace.load();
  return describeAwaited(
    workspace,
    requireNode(tree, id),
    findObjectives(tree).map(({ metric }) => metric),
  );
}
