import { addNode } from "../../src/tree/add-node.ts";
import type { Change } from "../../src/tree/change.ts";
import { deleteNode } from "../../src/tree/delete-node.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import type { GeneratedDocument } from "./any-document.ts";
import type { GeneratedNode } from "./any-nodes.ts";
import { randomFrom } from "./random.ts";

/** One change of a generated document by one of our pure functions. */
export interface AnyEdit {
  readonly kind: "add" | "delete" | "change";
  /** The nodes that are changed or deleted: with a node go those under it. */
  readonly nodes: readonly GeneratedNode[];
  readonly parent: GeneratedNode | undefined;
  /** The fields of the node that may differ afterwards. */
  readonly fields: readonly string[];
  readonly change: (tree: IterationTree) => Change;
}

const now = "2026-01-02T03:04:05Z";
const single = { primary_metric: "accuracy", primary_value: 0.75, direction: "maximize" };
const several = { objectives: [{ metric: "accuracy", value: 0.75, direction: "maximize" }], primary_index: 0 };

/** A random edit of the document, the same for the same seed. */
export function anyEdit({ nodes }: GeneratedDocument, seed: number): AnyEdit {
  const random = randomFrom(seed + 0x5eed);
  if (nodes.length === 0 || random.chance(0.2)) {
    const parent = nodes.length > 0 && random.chance(0.7) ? random.pick(nodes) : undefined;
    const request = { id: "added", description: "x", command: "python it's.py", now };
    const change = (tree: IterationTree) => addNode(tree, { ...request, parent: parent?.id });
    return { kind: "add", nodes: [], parent, fields: [], change };
  }
  const node = random.pick(nodes);
  const { id } = node;
  if (random.chance(0.15)) {
    const parent = nodes.find((each) => each.id === node.parent);
    const change = (tree: IterationTree) => deleteNode(tree, { id, recursive: true });
    return { kind: "delete", nodes: withThoseUnder(node, nodes), parent, fields: [], change };
  }
  const changed = (fields: readonly string[], change: AnyEdit["change"]): AnyEdit => {
    return { kind: "change", nodes: [node], parent: undefined, fields: [...fields, "updated_at"], change };
  };
  const update = (request: Parameters<typeof updateNode>[1], fields: readonly string[]) =>
    changed(fields, (tree) => updateNode(tree, request));
  const results = parseResults(random.chance(0.7) ? single : several);
  const recorded = { commit: "a".repeat(40), clean: true };
  return random.pick([
    () => update({ id, results, recorded, now }, ["results", "recorded", "status", "reason", "before_prune"]),
    () => changed(["worktree"], (tree) => setCommit(tree, { id, commit: "a".repeat(40), branch: "main", now })),
    () => update({ id, note: "it's: a # note", now }, ["notes"]),
    () => update({ id, description: "it's new", now }, ["description"]),
    () => update({ id, command: "python new.py", now }, ["command"]),
    () => update({ id, reason: "NaN: loss", now }, ["reason"]),
    ...(node.isPruned
      ? [() => changed(["status", "reason", "before_prune"], (tree) => unpruneNode(tree, { id, now }))]
      : [
          () => update({ id, status: "running", now }, ["status", "reason"]),
          () => changed(["status", "reason", "before_prune"], (tree) => pruneNode(tree, { id, reason: "dead", now })),
        ]),
  ])();
}

function withThoseUnder(node: GeneratedNode, nodes: readonly GeneratedNode[]): readonly GeneratedNode[] {
  const under = nodes.filter(({ parent }) => parent === node.id);
  return [node, ...under.flatMap((each) => withThoseUnder(each, nodes))];
}

/** Whether the edit goes through an alias, so that refusing it is right. */
export function goesThroughAlias({ kind, nodes, parent, fields }: AnyEdit): boolean {
  if ([...nodes, parent].some((node) => node?.anchor)) return true;
  if (kind === "delete") return nodes.some(({ isRepeated }) => isRepeated);
  return nodes.some(({ shared }) => fields.some((field) => shared.has(field)));
}
