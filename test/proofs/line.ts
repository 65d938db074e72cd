import type { GeneratedNode } from "./any-nodes.ts";

/** A line of a generated document, and whose it is: an edit of another node must leave it as it is. */
export interface Line {
  readonly text: string;
  /** The nodes that have something on this line; with none it is a comment, a blank line or another key. */
  readonly owners: readonly string[];
  /** The field of its owner that it belongs to, where it has lines of its own. */
  readonly key?: string;
  /** Whether it belongs to the `children` of its owner. */
  readonly isChildren: boolean;
  /** Whether this is where `nodes` itself is written, which becomes `[]` without nodes. */
  readonly isNodes: boolean;
  /** Whether a block scalar (`|`, `>`) of the owner stands here; blank lines behind it are part of it. */
  readonly isBlockScalar: boolean;
}

export const pad = (count: number) => " ".repeat(count);
export const outside = (text: string): Line => ({
  text,
  owners: [],
  isChildren: false,
  isNodes: false,
  isBlockScalar: false,
});
export const ofNodes = (text: string): Line => ({ ...outside(text), isNodes: true });

export function ownLine(node: GeneratedNode, text: string, key: string): Line {
  return { ...outside(text), owners: [node.id], isChildren: key === "children", ...(key !== "" && { key }) };
}

/** Marks a line as the node's; one that holds more than a field holds its children too. */
export function ownedBy(node: GeneratedNode): (line: Line) => Line {
  return (line) => ({ ...line, owners: [node.id], isChildren: line.text.includes("{") });
}
