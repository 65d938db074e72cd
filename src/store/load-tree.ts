import { closeSync } from "node:fs";
import { basename } from "node:path";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { loadParser, type Parser } from "./load-parser.ts";
import { type HeldFile, holdFile, openFile, readSettled } from "./open-file.ts";
import { findMeaning, hasSnapshot } from "./snapshot.ts";
import { type Meaning, type StoredTree, warningsOf } from "./stored-tree.ts";
import { isExpected, noTreeFile, type TreeFile } from "./tree-file.ts";

export interface Loaded {
  readonly tree: IterationTree;
  readonly warnings: readonly string[];
}

/** Reads the tree, with what a person should know about it. Throws TreeFileNotFoundError, InvalidTreeError. */
export async function loadTree(file: TreeFile): Promise<Loaded> {
  const name = basename(file.path);
  const { tree, outOfStep } =
    findKept(file) ?? (await parse(file, (parser, source) => parser.requireGraph(source, name)));
  return { tree, warnings: warningsOf(outOfStep, name) };
}

/** Reads a tree whose parents may make none: unknown ones, and cycles. Throws what else is wrong. */
export async function loadNodes(file: TreeFile): Promise<IterationTree> {
  return (findKept(file) ?? (await parse(file, (_, source) => source))).tree;
}

/** What the file meant when it was read last, as long as its bytes are the same: then nothing of the parser is loaded. */
function findKept(file: TreeFile): Meaning | undefined {
  return hasSnapshot(file) ? readFrom(file, holdFile, ({ handle }) => findMeaning(file, handle)) : undefined;
}

async function parse(file: TreeFile, check: (parser: Parser, source: StoredTree) => StoredTree): Promise<StoredTree> {
  const parser = await loadParser();
  const source = readFrom(file, openFile, ({ bytes }) => check(parser, parser.readSource(file, bytes)));
  parser.keepSnapshot(file, source, [source.bytes]);
  return source;
}

function readFrom<T, F extends HeldFile>(
  file: TreeFile,
  open: (path: string) => F | undefined,
  read: (found: F) => T,
): T {
  const { handle, value } = readSettled(open, file.path, { isExpected: isExpected(file) }, (found) => {
    if (!found) throw noTreeFile(file);
    return { handle: found.handle, value: read(found) };
  });
  closeSync(handle);
  return value;
}
