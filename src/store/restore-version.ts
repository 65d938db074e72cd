import { basename } from "node:path";
import { ConflictError, InvalidTreeError, NotFoundError, TreeError } from "../errors.ts";
import { findHolder } from "../system/lock-holders.ts";
import { pause } from "../system/pause.ts";
import { sameValue } from "../tree/diff-trees.ts";
import { emptyTree, type IterationTree } from "../tree/iteration-tree.ts";
import { decode } from "./decode.ts";
import { deltaOfBytes } from "./delta.ts";
import { requireWritable } from "./edit-tree-file.ts";
import { findText, isNewest, readVersions, type Version } from "./history.ts";
import { findBytes } from "./open-file.ts";
import { type Plan, type SaveOptions, saveText } from "./save-text.ts";
import { historyOf, type TreeFile, treeLockOf } from "./tree-file.ts";
import { readSource } from "./tree-source.ts";

/** What is known of the tree file's past. */
export interface History {
  /** Oldest first. */
  readonly versions: readonly Version[];
  /** Whether the file is not the newest version: it was saved, or deleted, by hand or by another program. */
  readonly isEdited: boolean;
}

export interface Restored {
  /** undefined when the file was gone or broken */
  readonly before: IterationTree | undefined;
  /** without nodes when the version was broken itself */
  readonly tree: IterationTree;
  readonly warnings: readonly string[];
}

/** A writer replaces the file first, and then writes its history: in between, its change would look like one by hand. */
export function loadHistory(file: TreeFile): History {
  const end = Date.now() + longestSave;
  for (let before: History | undefined; ; ) {
    const history = historyAt(file, lookAt(file.path));
    const holder = findHolder(treeLockOf(file));
    const isSaving = holder !== undefined && holder.life !== "dead";
    if (!history.isEdited || (!isSaving && sameValue(history, before)) || Date.now() > end) return history;
    before = history;
    pause(betweenLooks);
  }
}

/** Milliseconds. */
const longestSave = 2_000;
const betweenLooks = 20;

/** What cannot be read as a tree file is no version, and can be put right by one. */
function lookAt(path: string): Uint8Array | undefined {
  try {
    return findBytes(path);
  } catch (error) {
    if (error instanceof TreeError) return undefined;
    throw error;
  }
}

/** The text of a version, as it was. Throws NotFoundError. */
export function requireText(file: TreeFile, version: number): string {
  const text = findText(historyOf(file), version);
  if (text !== undefined) return text;
  const versions = readVersions(historyOf(file));
  const [first, last] = [versions[0]?.version, versions.at(-1)?.version];
  if (versions.some((each) => each.version === version)) {
    throw new NotFoundError(`Version ${version} cannot be put together: what is kept of it is damaged`, {
      hint: "Newer ones may be whole: tree-autoresearch history",
    });
  }
  throw new NotFoundError(`Version ${version} is not kept`, {
    hint:
      first === undefined ? "No version is kept yet." : `Versions ${first} to ${last} are: tree-autoresearch history`,
  });
}

export interface RestoreRequest {
  readonly version: number;
  readonly seen: History;
  /** Throws when the tree may not become that other one; not asked where one of them cannot be read. */
  readonly check?: ((before: IterationTree, after: IterationTree) => void) | undefined;
}

/**
 * Makes the file what it was in `version`. Throws ConflictError when its history is not `seen` any more, so that what
 * others did meanwhile is not swept away; and what `check` throws.
 */
export async function restoreVersion(
  file: TreeFile,
  options: SaveOptions & { readonly dryRun: boolean },
  request: RestoreRequest,
): Promise<Restored> {
  const plan = (bytes: Uint8Array | undefined) => planRestore(file, bytes, request);
  if (options.dryRun) return plan(findBytes(file.path)).restored;
  requireWritable(file);
  const { plan: done, warnings } = await saveText(file, options, plan);
  return { ...done.restored, warnings: [...done.restored.warnings, ...warnings] };
}

function planRestore(
  file: TreeFile,
  bytes: Uint8Array | undefined,
  { version, seen, check }: RestoreRequest,
): Plan & { readonly restored: Restored } {
  refuseNews(seen, historyAt(file, bytes));
  const name = basename(file.path);
  const after = requireText(file, version);
  // What is no text could only be kept damaged: then it has to be moved away first.
  const newest = historyAt(file, bytes).versions.at(-1)?.version;
  // That it was gone is no version: nobody could want it back.
  const known = bytes === undefined && newest !== undefined ? findText(historyOf(file), newest) : undefined;
  const before = bytes === undefined ? (known ?? "") : decode(bytes, name);
  const texts = { before: Buffer.from(before), after: Buffer.from(after) };
  const [current, tree] = [findTree(file, bytes), findTree(file, texts.after)];
  // What was broken or deleted by hand is still what runs.
  const latest = current ?? findTree(file, newest === undefined ? undefined : textBytes(file, newest));
  if (latest && tree) check?.(latest, tree);
  const warnings = tree ? [] : [`${name}: version ${version} was broken, and so the file is again: see validate`];
  const delta = bytes !== undefined && after === before ? undefined : deltaOfBytes(texts.before, texts.after);
  return {
    restored: { before: current, tree: tree ?? emptyTree, warnings },
    ...(delta && { save: { before: texts.before, after: [texts.after], delta, node: null } }),
  };
}

function historyAt(file: TreeFile, bytes: Uint8Array | undefined): History {
  const folder = historyOf(file);
  const isEdited = bytes === undefined || !isNewest(folder, bytes);
  return { versions: readVersions(folder), isEdited };
}

function refuseNews(seen: History, now: History): void {
  const last = now.versions.at(-1);
  if (last?.version === seen.versions.at(-1)?.version && now.isEdited === seen.isEdited) return;
  const what = now.isEdited ? "the file was edited by hand" : `version ${last?.version} (${last?.command}) was written`;
  throw new ConflictError(`Meanwhile ${what}; nothing was undone`, {
    hint: "See: tree-autoresearch history, then try again.",
  });
}

function textBytes(file: TreeFile, version: number): Uint8Array | undefined {
  const text = findText(historyOf(file), version);
  return text === undefined ? undefined : Buffer.from(text);
}

/** What is broken, or gone, can be restored all the same. */
function findTree(file: TreeFile, bytes: Uint8Array | undefined): IterationTree | undefined {
  try {
    return bytes && readSource(file, bytes).tree;
  } catch (error) {
    if (error instanceof InvalidTreeError) return undefined;
    throw error;
  }
}
