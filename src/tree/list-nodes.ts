import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree, Status } from "./iteration-tree.ts";
import { indexTree, prunedIds, walkDown } from "./lineage.ts";
import { findTreeObjective, isBetter, valueUnder } from "./objective.ts";

export interface ListRequest {
  readonly status?: Status | undefined;
  readonly under?: string | undefined;
  readonly grep?: string | undefined;
  readonly sort?: "metric" | "created" | "id" | undefined;
  readonly limit?: number | undefined;
}

/** The nodes asked for, in tree order unless sorted; a node under a pruned one has the status `pruned`. */
export function listNodes(tree: IterationTree, request: ListRequest): readonly IterationNode[] {
  const index = indexTree(tree);
  const pruned = prunedIds(index);
  const { under } = request;
  const top = under === undefined ? [] : [requireNode(tree, under)];
  const wanted = request.grep?.toLowerCase();
  const isWanted = (node: IterationNode) =>
    (request.status === undefined || node.status === request.status) &&
    (wanted === undefined || searchText(node).includes(wanted));
  const found: IterationNode[] = [];
  const most = request.sort === undefined ? (request.limit ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  for (const each of concat(top, walkDown(index, under ?? null))) {
    if (found.length >= most) break;
    const node = pruned.has(each.node_id) ? { ...each, status: "pruned" as const } : each;
    if (isWanted(node)) found.push(node);
  }
  return sorted(tree, found, request.sort).slice(0, request.limit);
}

function* concat<T>(...lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list;
}

function searchText(node: IterationNode): string {
  const texts = [
    node.node_id,
    node.description,
    node.command,
    node.reason,
    ...(node.tags ?? []),
    ...(node.notes ?? []),
  ];
  return texts.join("\n").toLowerCase();
}

function sorted(
  tree: IterationTree,
  nodes: readonly IterationNode[],
  by: ListRequest["sort"],
): readonly IterationNode[] {
  if (by === "id") return nodes.toSorted((a, b) => a.node_id.localeCompare(b.node_id, "en", { numeric: true }));
  if (by === "created")
    return sortedBy(
      nodes,
      (node) => node.created_at,
      (a, b) => a < b,
    );
  const objective = by === "metric" ? findTreeObjective(tree) : undefined;
  if (!objective) return nodes;
  return sortedBy(
    nodes,
    (node) => valueUnder(node, objective),
    (a, b) => isBetter(a, b, objective),
  );
}

/** Those without a key come last; equals keep their order. */
function sortedBy<K>(
  nodes: readonly IterationNode[],
  keyOf: (node: IterationNode) => K | undefined,
  isBefore: (a: K, b: K) => boolean,
): readonly IterationNode[] {
  return nodes.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return isBefore(x, y) ? -1 : isBefore(y, x) ? 1 : 0;
  });
}
