import { mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Repository } from "./find-repository.ts";

/** Where folders that are to go wait for their end: the next one that goes clears what one that was cut off left there. */
export function binOf({ commonFolder }: Repository): string {
  return join(commonFolder, "tree-autoresearch", "removed");
}

/**
 * Takes a folder out of sight in one step: half of it, left by a removal that was cut off, would look like someone's work.
 * Returns false where that is not possible: the git folder is full or on another disk, or the folder is a mount.
 */
export function moveToBin(repository: Repository, folder: string): boolean {
  const bin = binOf(repository);
  try {
    mkdirSync(bin, { recursive: true });
    renameSync(folder, join(bin, `${basename(folder)}.${Date.now().toString(36)}`));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

/** A folder that may not be emptied (read-only ones in it) keeps nobody from removing others; one that a dying git still writes to is tried again. */
export function emptyBin(repository: Repository): void {
  try {
    rmSync(binOf(repository), { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
