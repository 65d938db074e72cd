import { TreeError } from "../errors.ts";
import type { EditedPart, PartEdit } from "./edit-stored.ts";
import { editText } from "./edit-text.ts";
import { readNodes } from "./read-tree.ts";
import { splitText } from "./split-text.ts";

/** Edits a part as the tree file that it is. Undefined when it cannot be edited alone, or only the whole tells what is wrong, and where. */
export function editParsed({ part, wanted }: PartEdit, name: string): EditedPart | undefined {
  const { head, blocks, tail } = part;
  try {
    const { text, tree, isRewritten } = editText(readNodes(head + blocks.join("") + tail, name), wanted, readNodes);
    const pieces = isRewritten ? undefined : splitText(text);
    return pieces && { pieces, top: tree, nodes: tree.nodes };
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}
