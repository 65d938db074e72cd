import { ConflictError, InvalidResultsError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { type Change, replaceNode } from "./change.ts";
import { changeCommand } from "./change-command.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { findPruned, indexTree } from "./lineage.ts";
import { objectivesOf, type Results } from "./results.ts";
import { updateNode } from "./update-node.ts";

export type Attempt = NonNullable<IterationNode["attempts"]>[number];

/** How a run ended, in one word. */
const outcomes = ["completed", "failed", "timeout", "cancelled", "interrupted"] as const;
export type Outcome = (typeof outcomes)[number];

export interface StartRequest {
  readonly id: string;
  readonly attempt: OpenAttempt;
  /** The node's command from now on, when it is another one. */
  readonly command?: string | undefined;
  /** Where the run is: nobody waits for a process. */
  readonly status: "running" | "waiting";
  /** Whether somebody is at an attempt that has not ended. */
  readonly isLive: (attempt: Attempt) => boolean;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree in which an attempt of `id` runs. Throws NodeNotFoundError, ConflictError when it is pruned, or another attempt runs. */
export function startAttempt(tree: IterationTree, request: StartRequest): Change {
  const node = requireRunnable(tree, request.id, request.isLive);
  const { attempt, command, status, now } = request;
  const commit = attempt.commit ?? node.worktree?.commit ?? null;
  return replaceNode(tree, {
    ...node,
    ...(command !== undefined && changeCommand(node, command)),
    ...(node.worktree && { worktree: { ...node.worktree, commit } }),
    status,
    reason: undefined,
    updated_at: now,
    attempts: [...(node.attempts ?? []), attempt],
  });
}

/** The node, when it may be run. Throws NodeNotFoundError, ConflictError. */
export function requireRunnable(tree: IterationTree, id: string, isLive: (attempt: Attempt) => boolean): IterationNode {
  const node = requireNode(tree, id);
  const pruned = findPruned(indexTree(tree), id);
  if (pruned) {
    const what = pruned === node ? "is pruned" : `counts as pruned, since '${pruned.node_id}' above it is`;
    throw new ConflictError(`'${id}' ${what}, and does not run`, {
      hint: `First: tree-autoresearch prune --id ${shellWord(pruned.node_id)} --undo`,
    });
  }
  const open = openAttempt(node);
  if (open && isLive(open)) {
    const next =
      node.status === "waiting"
        ? `Give its results: tree-autoresearch collect --id ${shellWord(id)} --log FILE`
        : `Wait for it: tree-autoresearch run --id ${shellWord(id)} --resume`;
    throw new ConflictError(
      `'${id}' ${node.status === "waiting" ? "waits for results" : "runs"} already: attempt ${open.id}, since ${open.started_at ?? "an unknown time"}`,
      {
        hint: `${next}; or end it: tree-autoresearch cancel --id ${shellWord(id)}`,
      },
    );
  }
  return node;
}

/** The last attempt, when it has not ended, whatever somebody has made of the node meanwhile. */
export function openAttempt({ attempts = [], status }: IterationNode): OpenAttempt | undefined {
  const last = attempts.at(-1);
  const isOpen = last?.process !== undefined || status === "running" || status === "waiting";
  return isOpen && last && !last.ended_at ? { ...last, id: numberOf(last, attempts.length - 1) } : undefined;
}

type OpenAttempt = Attempt & { readonly id: number };

/** One that somebody has written by hand may have none; then its place counts. */
function numberOf({ id }: Attempt, place: number): number {
  return id ?? place + 1;
}

/** The nodes that wait for what somebody else measures. */
export function awaitedResults({ nodes }: IterationTree): readonly IterationNode[] {
  return nodes.filter(({ status }) => status === "waiting");
}

/** The number of the next attempt. */
export function nextAttempt({ attempts = [] }: IterationNode): number {
  return attempts.reduce((most, attempt, i) => Math.max(most, numberOf(attempt, i)), 0) + 1;
}

export interface FinishRequest {
  readonly id: string;
  /** Number of the attempt. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** What was measured; only what completed has results. */
  readonly results?: Results | undefined;
  /** Why it did not complete. */
  readonly reason?: string | undefined;
  /** What is known of the attempt now. */
  readonly facts: Partial<Attempt>;
  /** ISO 8601, UTC */
  readonly now: string;
}

/**
 * Returns the tree in which an attempt has ended. Results of runs of the same commit, command and evaluator become samples
 * of one; others are replaced, as those that were entered by hand. An attempt that ended before, or was followed by
 * another one, changes nothing but its own record. Throws NodeNotFoundError, InvalidResultsError.
 */
export function finishAttempt(tree: IterationTree, request: FinishRequest): Change {
  const node = requireNode(tree, request.id);
  const attempt = node.attempts?.find((each, i) => numberOf(each, i) === request.attempt);
  if (!attempt) {
    throw new ConflictError(
      `'${request.id}' has no attempt ${request.attempt} any more; its results are not recorded`,
      {
        hint: `See: tree-autoresearch logs --id ${shellWord(request.id)} --attempt ${request.attempt}`,
      },
    );
  }
  if (attempt.ended_at) return { tree, node, warnings: [] };
  const isLast = node.attempts?.at(-1) === attempt;
  const ended = { ...attempt, ...request.facts, process: undefined, outcome: request.outcome };
  const attempts = node.attempts?.map((each) => (each === attempt ? ended : each));
  const next = { ...node, attempts, updated_at: request.now };
  const noted = replaceNode(tree, next);
  if (!isLast) {
    const warning = `attempt ${request.attempt} of '${request.id}' was overtaken by a later one; only its own record is kept`;
    return { ...noted, warnings: [warning] };
  }
  return request.results ? complete(noted.tree, request, ended) : giveUp(noted.tree, request);
}

function complete(tree: IterationTree, { id, results, now }: FinishRequest, attempt: Attempt): Change {
  const node = requireNode(tree, id);
  const { commit, clean, setup } = attempt;
  if (isRepeat(node, attempt)) requireSame(node.results, results);
  const recorded = { commit, clean: clean ?? undefined, run: setup };
  const change = updateNode(tree, { id, results, append: isRepeat(node, attempt), recorded, now });
  const isPruned = change.node.status === "pruned";
  const settled = isPruned ? change.node : { ...change.node, reason: undefined };
  return replaceNode(change.tree, settled, change.warnings);
}

/** Throws InvalidResultsError where runs of the same are no samples of the same. */
function requireSame(before: Results | null, now: Results | undefined): void {
  const names = (results: Results | null | undefined) =>
    results
      ? objectivesOf(results)
          .map(({ metric }) => metric)
          .join(", ")
      : "";
  if (names(before) === names(now)) return;
  throw new InvalidResultsError(
    `it measured ${names(now)}, and the runs of the same before measured ${names(before)}`,
    {
      hint: "Let the experiment say all of them each time.",
    },
  );
}

/** Whether what is recorded was measured by runs of the very same thing. */
function isRepeat({ results, recorded }: IterationNode, { commit, clean, setup }: Attempt): boolean {
  const isSame = recorded?.commit === commit && recorded?.["run"] === setup && setup !== undefined;
  return results !== null && isSame && clean === true && recorded?.clean === true;
}

/** What was measured before stays: it belongs to the commit that is recorded with it. */
function giveUp(tree: IterationTree, { id, reason }: FinishRequest): Change {
  const node = requireNode(tree, id);
  if (node.status !== "pruned") return replaceNode(tree, { ...node, status: "failed", reason });
  return replaceNode(tree, { ...node, before_prune: { ...node.before_prune, status: "failed", reason } });
}
