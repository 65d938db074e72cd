// What the commands that change only the tree file should do.
import { change, type Outcome, onNode, type Rule } from "./outcome.ts";
import {
  createFolder,
  isEdited,
  isModified,
  isOwn,
  keepInStep,
  type ModelNode,
  nodeOf,
  recordFor,
  snapshot,
  unreadable,
} from "./state.ts";

export interface AddCall {
  readonly id: string;
  readonly parent: string | null;
  readonly description: string;
  readonly command: string;
  readonly hasWorktree: boolean;
}

export function addRule({ id, parent, description, command, hasWorktree }: AddCall): Rule {
  return (model) => {
    const exit = unreadable(model);
    if (exit === 5) return { exit };
    if (parent !== null && !nodeOf(model, parent)) return { exit: 3 };
    const existing = nodeOf(model, id);
    const isSameNode =
      existing?.parent === parent && existing.description === description && existing.command === command;
    if (existing && !isSameNode) return { exit: 4 };
    const isTaken = model.worktrees.has(id) || model.branches.has(`iter/${id}`);
    if (hasWorktree && !isOwn(existing) && isTaken) return { exit: 4 };
    const node: ModelNode = {
      ...{ id, parent, description, command, status: "pending", results: null, notes: [], children: [] },
      worktree: hasWorktree ? recordFor(id) : null,
    };
    return {
      exit: 0,
      answer: `Added: ${id} (parent: ${parent ?? "none"})`,
      next(after) {
        const there = nodeOf(after, id);
        if (!there) {
          after.state.nodes.push(node);
          keepInStep(after, [parent, id]);
        } else if (hasWorktree && !isOwn(there)) {
          change(id, (own) => {
            own.worktree = recordFor(id, own.worktree?.commit);
          })(after, () => "");
        }
        if (hasWorktree) createFolder(after, id);
      },
    };
  };
}

export interface UpdateCall {
  readonly id: string;
  readonly note: string;
  readonly results?: { readonly metric: string; readonly direction: string; readonly value: number } | undefined;
  readonly append?: boolean | undefined;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly description?: string | undefined;
}

export function updateRule({ id, note, results, append, status, reason, description }: UpdateCall): Rule {
  return onNode(id, (model, node) => {
    const isJoined = results !== undefined && append && node.results !== null;
    if (isJoined && node.results?.metric !== results.metric) return { exit: 5 };
    const next = status ?? (results ? "completed" : undefined);
    if (next === "completed" && !results && !node.results) return { exit: 5 };
    if (node.status === "pruned" && status !== undefined) return { exit: 4 };
    const old = node.results;
    const samples = isJoined ? [...(old?.samples ?? [old?.value ?? 0]), results.value] : undefined;
    const mean = samples && samples.reduce((sum, each) => sum + each, 0) / samples.length;
    const { metric, direction, value } = results ?? { metric: "", direction: "", value: 0 };
    const seen = isOwn(node) ? model.worktrees.get(id)?.head : node.worktree ? model.main : undefined;
    const recorded = seen === undefined ? undefined : { commit: seen, clean: !isModified(model, id) };
    return {
      exit: 0,
      answer: `Updated: ${id}`,
      next: change(id, (changed) => {
        changed.notes.push(note);
        if (description !== undefined) changed.description = description;
        if (results) {
          changed.results = { metric, direction, value: mean ?? value, ...(samples && { samples }) };
          changed.recorded = recorded;
        }
        if (changed.status === "pruned") {
          if (reason !== undefined) changed.reason = reason;
          if (next) changed.before = { status: next };
        } else {
          changed.reason = reason ?? (next === undefined || next === changed.status ? changed.reason : undefined);
          changed.status = next ?? changed.status;
        }
      }),
    };
  });
}

export function unpruneRule(id: string): Rule {
  return onNode(id, (_, { status }) => {
    if (status !== "pruned") return { exit: 4 };
    const next = change(id, (node) => {
      node.status = node.before?.status ?? (node.results ? "completed" : "pending");
      node.reason = node.before?.reason;
      node.before = undefined;
    });
    return { exit: 0, answer: `Unpruned: ${id}`, next };
  });
}

export function undoRule(to: number | undefined): Rule {
  return (model) => {
    const { versions } = model;
    if (to === undefined && versions.length < 2) return { exit: 3 };
    if (to === undefined && isEdited(model)) return { exit: 4 };
    const version = to ?? versions.length - 1;
    const state = versions[version - 1]?.state;
    if (!state) return { exit: 3 };
    const next: Outcome["next"] = (after) => {
      after.state = snapshot(state);
    };
    return { exit: 0, restores: version, next };
  };
}
