import { accessSync, closeSync, constants, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { NotWritableError, TreeFileNotFoundError } from "../errors.ts";
import type { Change } from "../tree/change.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { lengthOf } from "./byte-pieces.ts";
import { editStored } from "./edit-stored.ts";
import { editWritten } from "./edit-written.ts";
import { keepSnapshot } from "./keep-snapshot.ts";
import { requireFits } from "./largest.ts";
import { loadParser, type Parser } from "./load-parser.ts";
import { openFile, readSettled } from "./open-file.ts";
import { type Plan, type SaveOptions, saveText } from "./save-text.ts";
import { findKnown, hasSnapshot } from "./snapshot.ts";
import { type EditedTree, type StoredTree, warningsOf } from "./stored-tree.ts";
import { isExpected, noTreeFile, type TreeFile } from "./tree-file.ts";

export interface EditOptions extends SaveOptions {
  /** Plans only: nothing is locked and nothing written. */
  readonly dryRun: boolean;
  /** Whether a missing file is begun. */
  readonly create: boolean;
  /** Whether the parents in the file may make no tree, as long as they do after the change. */
  readonly mends?: boolean | undefined;
}

/** A change that was made to the file, or would be in a dry run. */
export interface Edited extends Change {
  readonly before: IterationTree;
  /** Whether there was no file, so that it was begun. */
  readonly isBegun: boolean;
}

/**
 * Applies `change` to the tree file. When the file was saved by someone else meanwhile, the change is applied again to
 * the new text. Throws what `change` throws, and then nothing is written.
 */
export async function editTreeFile(
  file: TreeFile,
  options: EditOptions,
  change: (tree: IterationTree) => Change,
): Promise<Edited> {
  if (options.dryRun) return applyNow(file, options, change);
  requireWritable(file);
  // What is sure to be wanted is not loaded while others wait for the lock.
  let parser = hasSnapshot(file) ? undefined : await loadParser();
  const load = async () => {
    parser = await loadParser();
  };
  const plan = (bytes: Uint8Array | undefined) => applyTo(file, bytes, options, change, parser) ?? load();
  const { plan: done, warnings } = await saveText(file, options, plan);
  if (done.stored) keepSnapshot(file, done.stored, done.stored.pieces);
  return { ...done.edited, warnings: [...done.edited.warnings, ...warnings] };
}

/** Throws what editTreeFile would throw for this change, and writes nothing. */
export async function checkEdit(file: TreeFile, change: (tree: IterationTree) => Change): Promise<void> {
  requireWritable(file);
  await applyNow(file, { create: false }, change);
}

type ApplyOptions = Pick<EditOptions, "create" | "mends">;

async function applyNow(
  file: TreeFile,
  options: ApplyOptions,
  change: (tree: IterationTree) => Change,
  parser?: Parser,
): Promise<Edited> {
  const { handle, applied } = readSettled(openFile, file.path, { isExpected: isExpected(file) }, (found) => ({
    handle: found?.handle,
    applied: applyTo(file, found?.bytes, options, change, parser),
  }));
  if (handle !== undefined) closeSync(handle);
  return applied?.edited ?? applyNow(file, options, change, await loadParser());
}

interface Applied extends Plan {
  readonly edited: Edited;
  /** What the file means then. */
  readonly stored?: EditedTree;
}

/** Undefined when YAML has to be parsed for it, and nothing is there that could. */
function applyTo(
  file: TreeFile,
  bytes: Uint8Array | undefined,
  { create, mends }: ApplyOptions,
  change: (tree: IterationTree) => Change,
  parser: Parser | undefined,
): Applied | undefined {
  const name = basename(file.path);
  if (bytes === undefined && !create) throw noTreeFile(file);
  const source = parser ? readWith(parser, file, bytes, mends) : bytes && findKnown(file, bytes);
  if (!source) return undefined;
  const changed = change(source.tree);
  const [before, isBegun] = [source.tree, bytes === undefined];
  if (sameValue(before, changed.tree)) return { edited: { ...changed, before, isBegun } };
  const result = parser ? parser.editSource(source, name, changed.tree) : editStored(source, changed.tree, editWritten);
  if (!result) return undefined;
  const { stored, delta, isRewritten } = { isRewritten: false, ...result };
  requireFits(lengthOf(stored.pieces), name);
  const told = isRewritten
    ? [`${name}: its layout did not allow a small edit, so the file was laid out anew; all values are the same`]
    : [];
  const warnings = [...changed.warnings, ...warningsOf(stored.outOfStep, name), ...told];
  return {
    save: { before: source.bytes, after: stored.pieces, delta, node: changed.node?.node_id ?? null },
    edited: { ...changed, before, isBegun, warnings },
    stored,
  };
}

function readWith(parser: Parser, file: TreeFile, bytes: Uint8Array | undefined, mends = false): StoredTree {
  const source = bytes === undefined ? parser.newSource(file) : parser.readSource(file, bytes);
  return mends ? source : parser.requireGraph(source, basename(file.path));
}

/** Says so before any work is done, when the file or its folder may not be written. */
export function requireWritable({ path }: TreeFile): void {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TreeFileNotFoundError(`No folder ${folder} for the tree file`, { hint: "Create it first." });
  }
  for (const each of [folder, path]) {
    try {
      accessSync(each, constants.W_OK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw new NotWritableError(`${each} may not be written by this user`, {
        hint: "Nothing was changed. Check its permissions.",
        cause: error,
      });
    }
  }
}
