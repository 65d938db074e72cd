import { emitMapping } from "../store/emit.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";

/** The node as the tree file holds it; what a terminal would obey stands there as YAML escapes. */
export function renderNode(node: IterationNode): string {
  return emitMapping(node, 0).join("\n");
}
