import { asTreeError, ConflictError, InternalError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { openAttempt } from "../tree/attempt.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { indexTree, lineageOf, prunedIds, walkDown } from "../tree/lineage.ts";
import { isSafeId } from "../tree/node-id.ts";
import { findObjectives, findTreeObjective, isBetter, valueUnder } from "../tree/objective.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { awaitEnd } from "./await-end.ts";
import { describeAwaited } from "./collect.ts";
import type { NodeRun, RunContext } from "./run-context.ts";
import { runnerNamed } from "./runners.ts";
import type { Workspace } from "./workspace.ts";

/** Waits for attempts that somebody else began, and records how they end. Without ids, for all that run. */
export async function resumeNodes(
  workspace: Workspace,
  ids: readonly string[],
  context: RunContext,
): Promise<readonly NodeRun[]> {
  const tree = await workspace.loadNodes();
  const wanted =
    ids.length > 0 ? ids : tree.nodes.filter(({ status }) => status === "running").map((node) => node.node_id);
  const metrics = findObjectives(tree).map(({ metric }) => metric);
  return Promise.all(
    wanted.map(async (id): Promise<NodeRun> => {
      const open = openAttempt(requireNode(tree, id));
      if (!open) {
        const error = new ConflictError(`No attempt of '${id}' runs`, {
          hint: `Begin one: tree-autoresearch run --id ${shellWord(id)}`,
        });
        return { id, attempts: [], error };
      }
      const runner = runnerNamed(open.where);
      if (runner.poll({ folder: attemptFolder(workspace.file, id, open.id), process: open.process }).is === "waiting")
        return { id, attempts: [], awaited: describeAwaited(workspace, requireNode(tree, id), metrics) };
      const place = { folder: attemptFolder(workspace.file, id, open.id), process: open.process };
      try {
        return { id, attempts: [await awaitEnd(workspace, { id, attempt: open.id, place }, context)] };
      } catch (error) {
        const known = asTreeError(error);
        if (known instanceof InternalError) throw error;
        return { id, attempts: [], error: known };
      }
    }),
  );
}

/** The pending nodes that may run and whose ids git may be given, those first whose nearest measured ancestor is best; equals in tree order. */
export function findPending(tree: IterationTree): readonly string[] {
  const index = indexTree(tree);
  const pruned = prunedIds(index);
  const objective = findTreeObjective(tree);
  const pending = [...walkDown(index, null)].filter(
    ({ node_id, status }) => status === "pending" && !pruned.has(node_id) && isSafeId(node_id),
  );
  const above = (id: string) =>
    objective &&
    lineageOf(index, id)
      .map((node) => valueUnder(node, objective))
      .findLast((value) => value !== undefined);
  const valued = pending.map(({ node_id: id }) => ({ id, value: above(id) }));
  const order = (a: number | undefined, b: number | undefined) => {
    if (a === undefined || b === undefined || !objective) return Number(a === undefined) - Number(b === undefined);
    return isBetter(a, b, objective) ? -1 : isBetter(b, a, objective) ? 1 : 0;
  };
  return valued.toSorted((a, b) => order(a.value, b.value)).map(({ id }) => id);
}
