import { ConflictError } from "../errors.ts";
import { type Change, changeNodes } from "./change.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { descendantsOf, indexTree } from "./lineage.ts";

export interface DeleteRequest {
  readonly id: string;
  readonly recursive?: boolean | undefined;
}

/** The node and all under it, children before parents. Throws ConflictError when there are some and `recursive` is not set. */
export function nodesToDelete(tree: IterationTree, { id, recursive }: DeleteRequest): readonly IterationNode[] {
  const node = requireNode(tree, id);
  const under = descendantsOf(indexTree(tree), id);
  if (under.length > 0 && !recursive) {
    const some = under.slice(0, 3).map((each) => each.node_id);
    const more = under.length > 3 ? `, and ${under.length - 3} more` : "";
    throw new ConflictError(`'${id}' has nodes under it: ${some.join(", ")}${more}`, {
      hint: "Add --recursive to delete them too, or prune it, which keeps the record.",
    });
  }
  return [node, ...under].reverse();
}

/** Returns the tree without the node (and, with `recursive`, all under it). Throws NodeNotFoundError, ConflictError. */
export function deleteNode(tree: IterationTree, request: DeleteRequest): Change {
  const gone = new Set(nodesToDelete(tree, request));
  return changeNodes(
    tree,
    tree.nodes.filter((node) => !gone.has(node)),
    request.id,
  );
}
