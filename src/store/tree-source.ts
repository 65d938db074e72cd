import { basename } from "node:path";
import { findGraphProblems } from "../tree/check-tree.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { decode } from "./decode.ts";
import type { Delta } from "./delta.ts";
import { editParsed } from "./edit-parsed.ts";
import { editStored } from "./edit-stored.ts";
import { editText } from "./edit-text.ts";
import { editWritten } from "./edit-written.ts";
import { readStored } from "./read-stored.ts";
import { newTreeText, readNodes, readTree } from "./read-tree.ts";
import { sameBytes } from "./same-bytes.ts";
import { readSnapshot } from "./snapshot.ts";
import { type EditedTree, type StoredTree, storedWhole } from "./stored-tree.ts";
import type { TreeFile } from "./tree-file.ts";

export { keepSnapshot } from "./keep-snapshot.ts";

/** Reads a tree file whose parents may make no tree; what is known of it already is not parsed again. Throws InvalidTreeError. */
export function readSource(file: TreeFile, bytes: Uint8Array): StoredTree {
  const known = readSnapshot(file);
  if (known && sameBytes(known.bytes, bytes)) return known;
  const name = basename(file.path);
  const text = decode(bytes, name);
  return readStored(bytes, text, known) ?? storedWhole(bytes, readNodes(text, name).tree);
}

/** What a new tree file begins with. */
export function newSource({ schema, path }: TreeFile): StoredTree {
  const text = newTreeText(schema);
  return storedWhole(Buffer.from(text), readNodes(text, basename(path)).tree);
}

/** Throws InvalidTreeError for unknown parents and cycles, which readSource lets pass. */
export function requireGraph(source: StoredTree, name: string): StoredTree {
  if (source.isTree) return source;
  // Only the whole tells where it is.
  if (findGraphProblems(source.tree).length > 0) readTree(decode(source.bytes, name), name);
  return { ...source, isTree: true };
}

/** A file's next bytes, and how they came from the old ones. */
export interface EditedSource {
  readonly stored: EditedTree;
  readonly delta: Delta;
  /** Whether more than the changed lines had to be written anew. */
  readonly isRewritten: boolean;
}

/** Makes the file mean `after`. Throws AliasError, ConflictError. */
export function editSource(source: StoredTree, name: string, after: IterationTree): EditedSource {
  const edited = editStored(source, after, (part) => editWritten(part) ?? editParsed(part, name));
  if (edited) return { ...edited, isRewritten: false };
  const before = decode(source.bytes, name);
  const { text, tree, delta, isRewritten } = editText(readNodes(before, name), after);
  const bytes = Buffer.from(text);
  const { bytes: _, ...stored } = readStored(bytes, text, source) ?? storedWhole(bytes, tree);
  return { stored: { ...stored, isTree: true, pieces: [bytes] }, delta, isRewritten };
}
