import { mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";
import type { Repository } from "./find-repository.ts";
import { ownFolder } from "./path-jail.ts";

/** Where folders that are to go wait for their end: the next one that goes clears what one that was cut off left there. */
export function binOf({ root }: Repository): string {
  return join(root, ".worktrees", ".removed");
}

/**
 * Takes a folder out of sight in one step: half of it, left by a removal that was cut off, would look like someone's work.
 * Returns where it is now; undefined where that is not possible: the disk is full, the folder is a mount, or a link leads
 * elsewhere.
 */
export function moveToBin(repository: Repository, folder: string): string | undefined {
  try {
    const place = join(ownFolder(repository.root, "removed"), `${basename(folder)}.${Date.now().toString(36)}`);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(folder, place);
    return place;
  } catch (error) {
    refuseDefect(error);
    return undefined;
  }
}

/** A folder that may not be emptied (read-only ones in it) keeps nobody from removing others; one that a dying git still writes to is tried again. */
export function emptyBin(repository: Repository): void {
  try {
    const bin = ownFolder(repository.root, "removed");
    if (isThere(bin)) rmSync(bin, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    refuseDefect(error);
  }
}

/** What the disk refuses has a code, and what we refuse a name; anything else is a defect, and is not hidden. */
function refuseDefect(error: unknown): void {
  if (!(error instanceof ConflictError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
}
