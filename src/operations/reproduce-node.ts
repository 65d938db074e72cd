import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ConflictError, NotFoundError } from "../errors.ts";
import { findCommit, isFullId } from "../git/commits.ts";
import { addDetached, removeDetached } from "../git/detached.ts";
import { gitIn } from "../git/git.ts";
import { requireInside } from "../git/path-jail.ts";
import { withScratch } from "../git/scratch.ts";
import { endOrphans } from "../runner/end-orphans.ts";
import { filesOf } from "../runner/exit-record.ts";
import { lastLines } from "../runner/scan-log.ts";
import { shellWord } from "../shell-word.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { compareAgain, type Reproduced } from "../tree/reproduction.ts";
import { objectivesOf, type Results } from "../tree/results.ts";
import { type JobSettings, jobOf, setupOf } from "./job.ts";
import { judgeAttempt } from "./judge-attempt.ts";
import { runnerNamed } from "./runners.ts";
import { inGitTurn, requireRepository, type Workspace } from "./workspace.ts";

export interface ReproduceRequest extends JobSettings {
  readonly id: string;
  readonly repeat: number;
  /** How far apart the values may be; without it the node's own noise decides. */
  readonly tolerance?: number | undefined;
}

export interface Reproduction {
  readonly node_id: string;
  /** full id */
  readonly commit: string;
  readonly command: string;
  readonly isReproduced: boolean;
  /** Empty when a run failed. */
  readonly objectives: readonly Reproduced[];
  readonly failure?: { readonly reason: string; readonly tail: readonly string[] } | undefined;
}

/** Runs a node's recorded commit again, in a worktree of its own that goes afterwards, and compares. Records nothing. Throws NotFoundError, ConflictError, GitError. */
export async function reproduceNode(
  workspace: Workspace,
  request: ReproduceRequest,
  signal: AbortSignal,
): Promise<Reproduction> {
  const repository = requireRepository(workspace);
  const tree = await workspace.load();
  const node = requireNode(tree, request.id);
  const { results, commit } = await requireRecorded(workspace, node);
  if (node.recorded?.run !== undefined && node.recorded.run !== setupOf(tree, node, commandOf(node)))
    workspace.warn(`how the results of '${node.node_id}' are read has changed since they were recorded`);
  return withScratch(repository, async (scratch) => {
    const path = join(scratch, "code");
    await inGitTurn(workspace, () => addDetached(repository, path, commit));
    try {
      const cwd = requireInside(path, node.working_dir, `working_dir of '${node.node_id}'`, "src");
      const again = await runAgain(tree, node, { ...request, scratch, cwd }, signal);
      const answer = { node_id: node.node_id, commit, command: commandOf(node) };
      if (!Array.isArray(again)) return { ...answer, isReproduced: false, objectives: [], failure: again as Failure };
      const objectives = compareAgain(results, again, request.tolerance);
      return { ...answer, objectives, isReproduced: objectives.every((each) => each.isReproduced) };
    } finally {
      await inGitTurn(workspace, async () => removeDetached(repository, path));
    }
  });
}

async function requireRecorded(
  workspace: Workspace,
  node: IterationNode,
): Promise<{ readonly results: Results; readonly commit: string }> {
  const { node_id: id, results, recorded, worktree } = node;
  const commit = recorded?.commit ?? worktree?.commit;
  if (!results)
    throw new NotFoundError(`'${id}' has no results that could be reproduced`, {
      hint: `Run it: tree-autoresearch run --id ${shellWord(id)}`,
    });
  if (!commit || !isFullId(commit))
    throw new ConflictError(`It is not known at which commit the results of '${id}' were measured`, {
      hint: `Run it: tree-autoresearch run --id ${shellWord(id)}`,
    });
  if (recorded?.clean === false)
    workspace.warn(
      `tracked files were modified when the results of '${id}' were recorded: its commit is not all of its code`,
    );
  const found = await findCommit(gitIn(requireRepository(workspace).root), commit);
  if (found) return { results, commit: found };
  throw new NotFoundError(`The commit ${commit.slice(0, 7)} of '${id}' is not in this repository`, {
    hint: "Fetch it from where it was made; see: tree-autoresearch doctor",
  });
}

interface Failure {
  readonly reason: string;
  readonly tail: readonly string[];
}

async function runAgain(
  tree: IterationTree,
  node: IterationNode,
  { scratch, cwd, repeat, ...settings }: ReproduceRequest & { readonly scratch: string; readonly cwd: string },
  signal: AbortSignal,
): Promise<readonly Results[] | Failure> {
  const runner = runnerNamed();
  const seeds = seedsOf(node);
  const again: Results[] = [];
  for (let turn = 1; turn <= repeat; turn++) {
    const folder = join(scratch, String(turn));
    mkdirSync(folder);
    const seed = seeds[turn - 1] ?? turn;
    const job = jobOf(
      tree,
      { id: node.node_id, folder, cwd, command: commandOf(node), seed },
      { ...settings, isTied: true },
    );
    const submission = await runner.submit(job);
    const place = { folder, process: submission.process };
    const stop = () => void runner.cancel(place, "interrupted");
    signal.addEventListener("abort", stop);
    if (signal.aborted) submission.abandon();
    else submission.start();
    await submission.ended();
    signal.removeEventListener("abort", stop);
    const state = runner.poll(place);
    if (state.is !== "ended") await endOrphans(folder, job);
    const verdict = await judgeAttempt(tree, { folder, state, job, objectives: objectivesOf(node.results as Results) });
    if (!verdict.results)
      return { reason: verdict.reason ?? verdict.outcome, tail: lastLines(filesOf(folder).log, 20) };
    again.push(verdict.results);
  }
  return again;
}

/** What measured the results. */
function commandOf({ command, recorded }: IterationNode): string {
  return recorded?.command ?? command;
}

/** Of the runs that the results come from. */
function seedsOf({ attempts = [], recorded }: IterationNode): readonly number[] {
  return attempts
    .filter(
      ({ outcome, commit, setup }) => outcome === "completed" && commit === recorded?.commit && setup === recorded?.run,
    )
    .flatMap(({ seed }) => seed ?? []);
}
