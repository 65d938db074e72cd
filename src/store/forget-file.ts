import { closeSync, rmSync } from "node:fs";
import { ConflictError } from "../errors.ts";
import { atomicWrite } from "../system/atomic-write.ts";
import { withLock } from "../system/lock.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { hasDamaged, isNewest, newFile, readVersions } from "./history.ts";
import { findLateSave, isStill, openFile } from "./open-file.ts";
import { lockPatience, type SaveOptions } from "./save-text.ts";
import { historyOf, type TreeFile, treeLockOf } from "./tree-file.ts";
import { readSource } from "./tree-source.ts";

/**
 * Takes away a tree file that a call began, and its history with it, as long as the file still is what that call wrote:
 * `begun`. Returns whether it did; else the file is as it was.
 */
export function forgetTreeFile(
  file: TreeFile,
  { purpose }: Pick<SaveOptions, "purpose">,
  begun: IterationTree,
): Promise<boolean> {
  return withLock(treeLockOf(file), { purpose, patience: lockPatience }, () => {
    const seen = openFile(file.path);
    if (!seen) return false;
    try {
      const isOurs = isNewest(historyOf(file), seen.bytes) && sameValue(readSource(file, seen.bytes).tree, begun);
      if (!isOurs || !isStill(file.path, seen)) return false;
      rmSync(file.path);
      const late = findLateSave(seen);
      // Never over a new file: then it stands beside that.
      if (late) return keepLate(file.path, late);
    } finally {
      closeSync(seen.handle);
    }
    forgetHistory(historyOf(file));
    return true;
  });
}

/** What somebody saved into the file as it went. */
function keepLate(path: string, late: Uint8Array): false {
  if (atomicWrite(path, late, () => isStill(path, undefined))) return false;
  const beside = `${path}.${Date.now().toString(36)}.saved`;
  atomicWrite(beside, late);
  throw new ConflictError(`What another program saved into ${path} as it was taken back is in ${beside}`, {
    hint: "Compare it with the new file.",
  });
}

/** A file that was there before, and was deleted by hand, keeps its past. */
function forgetHistory(folder: string): void {
  const versions = readVersions(folder);
  const isNew = versions.length === 2 && versions[0]?.version === 1 && versions[0].command === newFile;
  if (isNew && !hasDamaged(folder)) rmSync(folder, { recursive: true });
}
