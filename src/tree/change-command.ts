import type { IterationNode } from "./iteration-tree.ts";

/** What a new command changes of a node: what was measured was measured by the old one. */
export function changeCommand(node: IterationNode, command: string): Partial<IterationNode> {
  const { recorded, results } = node;
  const isOther = command !== node.command && results !== null && recorded?.run !== undefined;
  if (!isOther || recorded.command !== undefined) return { command };
  return { command, recorded: { ...recorded, command: node.command } };
}
