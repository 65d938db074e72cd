import type { EditedTree, StoredTree } from "../../src/store/stored-tree.ts";

/** An edited tree as one that was read. */
export function storedOf({ pieces, ...meaning }: EditedTree): StoredTree {
  return { ...meaning, bytes: Buffer.concat(pieces) };
}
