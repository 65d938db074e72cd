import { accessSync, closeSync, constants, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { NotWritableError, TreeFileNotFoundError } from "../errors.ts";
import type { Change } from "../tree/change.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { editText } from "./edit-text.ts";
import { readSettled } from "./open-file.ts";
import { invalidAt } from "./place.ts";
import { newTreeText, readNodes, readTree, requireGraph, warningsOf } from "./read-tree.ts";
import { isExpected, type Plan, type SaveOptions, saveText, type TreeFile } from "./save-text.ts";

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

export interface Loaded {
  readonly tree: IterationTree;
  readonly warnings: readonly string[];
}

/** Reads the tree, with what a person should know about it. Throws TreeFileNotFoundError, InvalidTreeError. */
export function loadTree(file: TreeFile): Loaded {
  const name = basename(file.path);
  const { tree } = readFrom(file, (text) => readTree(text, name));
  return { tree, warnings: warningsOf({ tree, name }) };
}

/** Reads a tree whose parents may make none: unknown ones, and cycles. Throws what else is wrong. */
export function loadNodes(file: TreeFile): IterationTree {
  return readFrom(file, (text) => readNodes(text, basename(file.path)).tree);
}

function readFrom<T>(file: TreeFile, read: (text: string) => T): T {
  const { handle, value } = readSettled(file.path, { isExpected: isExpected(file) }, (found) => {
    if (!found) throw notFound(file);
    return { handle: found.handle, value: read(decode(found.bytes, basename(file.path))) };
  });
  closeSync(handle);
  return value;
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
  const { plan, warnings } = await saveText(file, options, (bytes) => applyTo(file, bytes, options, change));
  return { ...plan.edited, warnings: [...plan.edited.warnings, ...warnings] };
}

/** Throws what editTreeFile would throw for this change, and writes nothing. */
export function checkEdit(file: TreeFile, change: (tree: IterationTree) => Change): void {
  requireWritable(file);
  applyNow(file, { create: false }, change);
}

type ApplyOptions = Pick<EditOptions, "create" | "mends">;

function applyNow(file: TreeFile, options: ApplyOptions, change: (tree: IterationTree) => Change): Edited {
  const { handle, edited } = readSettled(file.path, { isExpected: isExpected(file) }, (found) => ({
    handle: found?.handle,
    edited: applyTo(file, found?.bytes, options, change).edited,
  }));
  if (handle !== undefined) closeSync(handle);
  return edited;
}

function applyTo(
  file: TreeFile,
  bytes: Uint8Array | undefined,
  { create, mends }: ApplyOptions,
  change: (tree: IterationTree) => Change,
): Plan & { readonly edited: Edited } {
  const name = basename(file.path);
  if (bytes === undefined && !create) throw notFound(file);
  const source = readNodes(bytes === undefined ? newTreeText(file.schema) : decode(bytes, name), name);
  if (!mends) requireGraph(source);
  const changed = change(source.tree);
  const [before, isBegun] = [source.tree, bytes === undefined];
  if (sameValue(before, changed.tree)) return { edited: { ...changed, before, isBegun } };
  const { text, delta, isRewritten } = editText(source, changed.tree);
  const told = isRewritten
    ? [`${name}: its layout did not allow a small edit, so the file was laid out anew; all values are the same`]
    : [];
  const warnings = [...changed.warnings, ...warningsOf({ tree: changed.tree, name }), ...told];
  return {
    save: { before: source.text, after: text, delta, node: changed.node?.node_id ?? null },
    edited: { ...changed, before, isBegun, warnings },
  };
}

/** The bytes as text. Throws InvalidTreeError with the place of what is not UTF-8. */
export function decode(bytes: Uint8Array, name: string): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (text.includes("\ufffd") && !isUtf8(bytes)) {
    throw invalidAt(text, name, text.indexOf("\ufffd"), "the file is not UTF-8 here", "Save it as UTF-8.");
  }
  return text;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function notFound({ path }: TreeFile): TreeFileNotFoundError {
  return new TreeFileNotFoundError(`No tree file at ${path}`, {
    hint: "`add` creates it; or name another one with --file.",
  });
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
