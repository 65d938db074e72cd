import { addNode } from "../../src/tree/add-node.ts";
import type { Change } from "../../src/tree/change.ts";
import { findNode } from "../../src/tree/find-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode } from "../../src/tree/prune-node.ts";
import { updateNode } from "../../src/tree/update-node.ts";

/** One change of one writer, whose content no other change has. */
export interface Wanted {
  readonly kind: "add" | "measure" | "note" | "prune";
  readonly id: string;
  readonly text: string;
  readonly value: number;
}

/** The node that all writers share: they hang theirs under it, and each leaves notes on it. */
export const shared = "shared";

/** The mixed changes of a writer: each of its nodes is added, measured, then pruned, and the shared one gets notes. */
export function changesOf(writer: number, count: number): readonly Wanted[] {
  const kinds = ["add", "measure", "note", "prune"] as const;
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % 4] as Wanted["kind"];
    const id = kind === "note" ? shared : `w${writer}_${Math.floor(i / 4)}`;
    return { kind, id, text: `${kind} ${i} of writer ${writer}`, value: writer * 1000 + i };
  });
}

/** How the program is asked for it. */
export function argsOf({ kind, id, text, value }: Wanted): readonly string[] {
  if (kind === "add") return ["add", "--id", id, "--parent", shared, "--desc", text, "--cmd", `run ${value}`];
  if (kind === "prune") return ["prune", "--id", id, "--reason", text];
  if (kind === "note") return ["update", "--id", id, "--note", text];
  return ["update", "--id", id, "--metric", `score=${value}`, "--direction", "maximize"];
}

/** How the library is asked for it. */
export function apply(tree: IterationTree, { kind, id, text, value }: Wanted, now: string): Change {
  if (kind === "add") return addNode(tree, { id, parent: shared, description: text, command: `run ${value}`, now });
  if (kind === "prune") return pruneNode(tree, { id, reason: text, now });
  if (kind === "note") return updateNode(tree, { id, note: text, now });
  return updateNode(tree, {
    ...{ id, now },
    results: { primary_metric: "score", primary_value: value, direction: "maximize" },
  });
}

/** Those of the changes whose content is not in the tree. None of them is undone by a later one. */
export function missing(tree: IterationTree, changes: readonly Wanted[]): readonly Wanted[] {
  const notes = new Set(findNode(tree, shared)?.notes);
  const nodes = new Map(tree.nodes.map((node) => [node.node_id, node]));
  return changes.filter(({ kind, id, text, value }) => {
    const node = nodes.get(id);
    if (kind === "note") return !notes.has(text);
    if (kind === "add") return node?.description !== text || node.command !== `run ${value}`;
    if (kind === "prune") return node?.status !== "pruned" || node.reason !== text;
    return node?.results?.primary_value !== value;
  });
}
