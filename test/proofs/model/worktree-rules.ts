// What the commands that go by worktrees, branches and commits should do.
import { change, onNode, type Rule } from "./outcome.ts";
import {
  childrenOf,
  commitWork,
  createFolder,
  holdsWork,
  isModified,
  isOutOfStep,
  isOwn,
  isUncommitted,
  keepInStep,
  type Model,
  type ModelNode,
  nodeOf,
  orphansOf,
  recordFor,
  subtreeOf,
  unreadable,
} from "./state.ts";

export function syncRule(id: string, message: string | undefined): Rule {
  return onNode(id, (model, node) => {
    if (isOwn(node) && !model.worktrees.has(id)) return { exit: 3 };
    if (!isOwn(node) && message !== undefined) return { exit: 4 };
    if (isOwn(node) && message === undefined && isModified(model, id)) return { exit: 4 };
    return {
      exit: 0,
      answer: `Synced: ${id} -> `,
      ...(message !== undefined && isUncommitted(model, id) && { commits: id }),
      next: (after, head) => {
        if (isOwn(node)) commitWork(after, id, head(id));
        change(id, (changed) => {
          const commit = isOwn(changed) ? head(id) : after.main;
          changed.worktree = { ...(changed.worktree ?? { path: ".", branch: "main" }), commit };
        })(after, head);
      },
    };
  });
}

export function pruneRule(id: string, reason: string, { remove = false, force = false }): Rule {
  return onNode(id, (model, node) => {
    if (remove && isOwn(node) && holdsWork(model, id) && !force) return { exit: 4 };
    return {
      exit: 0,
      answer: `Pruned: ${id} (${reason})`,
      next: (after, head) => {
        change(id, (pruned) => {
          if (pruned.status !== "pruned") pruned.before = { status: pruned.status, reason: pruned.reason };
          pruned.status = "pruned";
          pruned.reason = reason;
        })(after, head);
        if (remove && isOwn(node)) after.worktrees.delete(id);
      },
    };
  });
}

export function deleteRule(id: string, { recursive = false, force = false }): Rule {
  return onNode(id, (model, { parent }) => {
    if (childrenOf(model, id).length > 0 && !recursive) return { exit: 4 };
    const gone = subtreeOf(model, id);
    const holders = gone.filter((each) => isOwn(nodeOf(model, each)) && holdsWork(model, each));
    if (holders.length > 0 && !force) return { exit: 4 };
    const own = gone.filter((each) => isOwn(nodeOf(model, each)));
    return {
      exit: 0,
      answer: `Deleted: ${id}`,
      next(after) {
        const { state } = after;
        state.nodes = state.nodes.filter((node) => !gone.includes(node.id));
        // Whether a comment within a node goes with it is left open.
        state.comments = state.comments.filter(({ of }) => of === null || !gone.includes(of));
        keepInStep(after, [parent]);
        for (const each of own) {
          after.worktrees.delete(each);
          after.branches.delete(`iter/${each}`);
        }
      },
    };
  });
}

export function createRule(id: string): Rule {
  return onNode(id, (model, node) => {
    const isTaken = !isOwn(node) && !model.worktrees.has(id) && model.branches.has(`iter/${id}`);
    if (isTaken) return { exit: 4 };
    const next = change(id, (changed, after) => {
      if (!isOwn(changed)) changed.worktree = recordFor(id, changed.worktree?.commit);
      createFolder(after, id);
    });
    return { exit: 0, next };
  });
}

export function removeRule(id: string, { force = false }): Rule {
  return onNode(id, (model, node) => {
    if (!isOwn(node) || !model.worktrees.has(id)) return { exit: 3 };
    if (holdsWork(model, id) && !force) return { exit: 4 };
    return { exit: 0, answer: `Removed worktree: ${id}`, next: (after) => void after.worktrees.delete(id) };
  });
}

/** What doctor should find: the code and the node. */
export function findFaults(model: Model): readonly string[] {
  const { state, worktrees, branches } = model;
  const orphans = orphansOf(model).map(({ id }) => `unknown-parent ${id}`);
  return [...orphans, ...state.nodes.flatMap((node) => faultsOf(node))].sort();

  function faultsOf(node: ModelNode): readonly string[] {
    const { id, worktree, recorded, results, status } = node;
    const faults: string[] = [];
    if (isOutOfStep(model, node)) faults.push("children-out-of-step");
    const isStale = results && recorded && worktree?.commit && recorded.commit !== worktree.commit;
    if (isStale) faults.push("results-of-another-commit");
    const hasBranch = isOwn(node) && branches.has(node.worktree.branch);
    if (isOwn(node) && !hasBranch) {
      if (node.worktree.commit) faults.push("branch-gone");
      else if (!worktrees.has(id) && status !== "pruned") faults.push("unfinished-add");
    }
    return faults.map((code) => `${code} ${id}`);
  }
}

export function doctorRule({ fix }: { readonly fix: boolean }): Rule {
  return (model) => {
    const exit = unreadable(model);
    if (exit !== undefined && (exit === 3 || model.state.isBroken)) return { exit };
    const faults = findFaults(model);
    if (!fix) return { exit: faults.length > 0 ? 5 : 0 };
    const isLeft = faults.some((fault) => fault.startsWith("results-of-another-commit"));
    return { exit: isLeft ? 5 : 0, next: mend };
  };
}

function mend(model: Model): void {
  const faults = findFaults(model);
  for (const node of orphansOf(model)) {
    node.notes.push(`doctor: parent_id was '${node.parent}'`);
    node.parent = null;
  }
  const ids = model.state.nodes.map(({ id }) => id);
  keepInStep(model, ids);
  for (const id of ids) {
    if (faults.includes(`unfinished-add ${id}`)) createFolder(model, id);
    const record = nodeOf(model, id)?.worktree;
    if (faults.includes(`branch-gone ${id}`) && record?.commit) model.branches.set(record.branch, record.commit);
  }
}
