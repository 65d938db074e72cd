import { ConflictError, InvalidResultsError, UsageError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { type Change, replaceNode } from "./change.ts";
import { changeCommand } from "./change-command.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree, Status } from "./iteration-tree.ts";
import { findContradiction, findTreeObjective } from "./objective.ts";
import { appendSamples, type Results } from "./results.ts";

export interface UpdateRequest {
  readonly id: string;
  readonly results?: Results | undefined;
  readonly status?: Status | undefined;
  readonly reason?: string | undefined;
  /** Adds the results to the recorded ones as further samples. */
  readonly append?: boolean | undefined;
  readonly description?: string | undefined;
  readonly command?: string | undefined;
  readonly note?: string | undefined;
  /** What the worktree was at when these results came in. */
  readonly recorded?: IterationNode["recorded"];
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree with results, status and texts of `id` changed. Throws NodeNotFoundError, InvalidResultsError, ConflictError. */
export function updateNode(tree: IterationTree, request: UpdateRequest): Change {
  const node = requireNode(tree, request.id);
  if (request.append && !request.results) {
    throw new UsageError("--append adds samples, but no results were given", { hint: "Add --results or --metric." });
  }
  const results = mergedResults(node, request);
  const warnings = request.results ? checkObjective(tree, node, request.results) : [];
  const changed: IterationNode = {
    ...node,
    ...(request.command !== undefined && changeCommand(node, request.command.toWellFormed())),
    ...(results && { results, recorded: request.recorded }),
    ...statusOf(node, request, results ?? node.results),
    ...(request.description !== undefined && { description: request.description.toWellFormed() }),
    ...(request.note !== undefined && { notes: [...(node.notes ?? []), request.note.toWellFormed()] }),
    updated_at: request.now,
  };
  const [before, after] = [node.recorded?.commit, request.recorded?.commit];
  if (request.append && node.results && before !== after) {
    warnings.push(`the samples of '${node.node_id}' come from different commits: ${short(before)} and ${short(after)}`);
  }
  if (node.status === "pruned")
    warnings.push(
      `'${node.node_id}' is pruned and stays so; \`prune --id ${shellWord(node.node_id)} --undo\` brings it back`,
    );
  return replaceNode(tree, changed, warnings);
}

function short(commit: string | undefined): string {
  return commit?.slice(0, 7) ?? "an unknown one";
}

function mergedResults(node: IterationNode, { results, append }: UpdateRequest): Results | undefined {
  return results && append && node.results ? appendSamples(node.results, results) : results;
}

/** Throws when the results contradict a written objective; a contradiction to a derived one is a warning. */
function checkObjective(tree: IterationTree, node: IterationNode, results: Results): string[] {
  const others = { ...tree, nodes: tree.nodes.filter((each) => each !== node) };
  const objective = findTreeObjective(others);
  const contradiction = objective && findContradiction(results, objective);
  if (!contradiction) return [];
  if (!objective.isWritten) return [`${contradiction}; best-path compares only the same metric and direction`];
  throw new InvalidResultsError(`Results contradict the tree: ${contradiction}`, {
    hint: "Correct the results, or the `objective` at the top of the tree file.",
  });
}

function statusOf(
  node: IterationNode,
  { status, reason: givenReason, results: given }: UpdateRequest,
  results: Results | null,
): Partial<IterationNode> {
  const reason = givenReason?.toWellFormed();
  if (status === "pruned") {
    throw new UsageError("update does not prune", {
      hint: `Use: tree-autoresearch prune --id ${shellWord(node.node_id)} --reason TEXT`,
    });
  }
  const next = status ?? (given ? "completed" : undefined);
  if (next === "completed" && !results) {
    throw new InvalidResultsError("Status 'completed' needs results, and none are given or recorded", {
      hint: "Add --results or --metric; without a result the status is failed.",
    });
  }
  if (node.status === "pruned") {
    if (status) {
      throw new ConflictError(`'${node.node_id}' is pruned; its status cannot be set to '${status}'`, {
        hint: `First: tree-autoresearch prune --id ${shellWord(node.node_id)} --undo`,
      });
    }
    return {
      ...(reason !== undefined && { reason }),
      ...(next && { before_prune: { ...node.before_prune, status: next, reason: undefined } }),
    };
  }
  if (!next) return reason === undefined ? {} : { reason };
  return { status: next, reason: reason ?? (next === node.status ? node.reason : undefined) };
}
