import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError, NotWritableError, TreeFileNotFoundError } from "../errors.ts";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { withLock } from "../system/lock.ts";
import type { Change } from "../tree/change.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { editText } from "./edit-text.ts";
import { invalidAt } from "./parse-document.ts";
import { newTreeText, readTree, warningsOf } from "./read-tree.ts";

/** A tree file and the folder that keeps its lock. */
export interface TreeFile {
  readonly path: string;
  readonly stateFolder: string;
  /** The JSON Schema's path as a new file names it. */
  readonly schema: string;
}

export interface EditOptions {
  /** What is going on, for those who wait for the lock. */
  readonly purpose: string;
  /** Plans only: nothing is locked and nothing written. */
  readonly dryRun: boolean;
  /** Whether a missing file is begun. */
  readonly create: boolean;
}

/** A change that was made to the file, or would be in a dry run. */
export interface Edited extends Change {
  readonly before: IterationTree;
  readonly isCreated: boolean;
}

const lockPatience = 30_000;
const mostClashes = 50;

/** Reads the tree, with what a person should know about it. Throws TreeFileNotFoundError, InvalidTreeError. */
export function loadTree(file: TreeFile): { readonly tree: IterationTree; readonly warnings: readonly string[] } {
  const name = basename(file.path);
  const { tree } = readTree(decode(readBytes(file), name), name);
  return { tree, warnings: warningsOf({ tree, name }) };
}

/**
 * Applies `change` to the tree file: lock, read, apply, verify, look again, replace. When the file was saved by someone
 * else meanwhile, the change is applied again to the new text. Throws what `change` throws, and then nothing is written.
 */
export async function editTreeFile(
  file: TreeFile,
  options: EditOptions,
  change: (tree: IterationTree) => Change,
): Promise<Edited> {
  if (options.dryRun) return applyTo(file, options, change).edited;
  requireWritable(file);
  return withLock(join(file.stateFolder, "tree.lock"), { purpose: options.purpose, patience: lockPatience }, () => {
    removeLeftovers(file.path);
    for (let clash = 0; clash < mostClashes; clash++) {
      const { bytes, text, edited } = applyTo(file, options, change);
      if (text === undefined) return edited;
      const unchanged = () => sameBytes(findBytes(file), bytes);
      if (atomicWrite(file.path, Buffer.from(text), unchanged)) return edited;
    }
    throw new ConflictError(`${file.path}: the file is being saved again and again by another program`, {
      hint: "Nothing was written. Close the editor that saves it, then try again.",
    });
  });
}

/** Throws what editTreeFile would throw for this change, and writes nothing. */
export function checkEdit(file: TreeFile, change: (tree: IterationTree) => Change): void {
  requireWritable(file);
  applyTo(file, { purpose: "", dryRun: true, create: false }, change);
}

function applyTo(file: TreeFile, { create }: EditOptions, change: (tree: IterationTree) => Change) {
  const name = basename(file.path);
  const bytes = create ? findBytes(file) : readBytes(file);
  const source = readTree(bytes === undefined ? newTreeText(file.schema) : decode(bytes, name), name);
  const changed = change(source.tree);
  const base = { before: source.tree, isCreated: bytes === undefined };
  if (sameValue(source.tree, changed.tree)) {
    return { bytes, text: undefined, edited: { ...changed, ...base, isCreated: false } };
  }
  const { text, isRewritten } = editText(source, changed.tree);
  const told = isRewritten
    ? [`${name}: its layout did not allow a small edit, so the file was laid out anew; all values are the same`]
    : [];
  return {
    bytes,
    text,
    edited: {
      ...changed,
      ...base,
      warnings: [...changed.warnings, ...warningsOf({ tree: changed.tree, name }), ...told],
    },
  };
}

function decode(bytes: Uint8Array, name: string): string {
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

function readBytes(file: TreeFile): Uint8Array {
  const bytes = findBytes(file);
  if (bytes) return bytes;
  throw new TreeFileNotFoundError(`No tree file at ${file.path}`, {
    hint: "`add` creates it; or name another one with --file.",
  });
}

function findBytes({ path }: TreeFile): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EISDIR") throw new ConflictError(`${path} is a folder; expected a tree file`, { cause: error });
    if (code === "EACCES") throw new ConflictError(`${path} may not be read by this user`, { cause: error });
    throw error;
  }
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

/** Says so before any work is done, when the file or its folder may not be written. */
function requireWritable({ path }: TreeFile): void {
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
