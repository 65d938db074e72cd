import { closeSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { atomicWrite } from "../system/atomic-write.ts";
import { withLock } from "../system/lock.ts";
import { sameValue } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { isNewest, readVersions } from "./history.ts";
import { findLateSave, isStill, openFile } from "./open-file.ts";
import { readNodes } from "./read-tree.ts";
import { historyOf, lockPatience, type SaveOptions, type TreeFile, treeLockOf } from "./save-text.ts";
import { decode } from "./tree-file.ts";

/** What somebody saved into the file as it went. Never over a new one: then it stands beside it. */
function putBack(path: string, late: Uint8Array): boolean {
  if (!atomicWrite(path, late, () => isStill(path, undefined))) atomicWrite(`${path}.saved-meanwhile`, late);
  return true;
}

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
      const text = decode(seen.bytes, basename(file.path));
      const isOurs = isNewest(historyOf(file), text) && sameValue(readNodes(text, basename(file.path)).tree, begun);
      if (!isOurs || !isStill(file.path, seen)) return false;
      rmSync(file.path);
      const late = findLateSave(seen);
      if (late) return !putBack(file.path, late);
    } finally {
      closeSync(seen.handle);
    }
    // A file that was there before, and was deleted by hand, keeps its past.
    if (readVersions(historyOf(file)).length === 2) rmSync(historyOf(file), { recursive: true });
    return true;
  });
}
