import { chmodSync, closeSync, statSync } from "node:fs";
import { basename } from "node:path";
import { ConflictError } from "../errors.ts";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { withLock } from "../system/lock.ts";
import { type Delta, deltaOfBytes } from "./delta.ts";
import { isNewest, newFile, type Recorded, recordVersion } from "./history.ts";
import { findLateSave, isStill, type OpenFile, openFile, readSettled } from "./open-file.ts";
import { sameBytes } from "./same-bytes.ts";
import { historyOf, isExpected, type TreeFile, treeLockOf } from "./tree-file.ts";

/** What the file is to become; without `save` it stays as it is. */
export interface Plan {
  readonly save?: {
    readonly before: Uint8Array;
    /** In pieces. */
    readonly after: readonly Uint8Array[];
    readonly delta: Delta;
    /** The node that it is about. */
    readonly node: string | null;
  };
}

export interface SaveOptions {
  /** The call: for those who wait for the lock, and for the history. */
  readonly purpose: string;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Milliseconds. */
export const lockPatience = 30_000;
const mostClashes = 50;

/**
 * Replaces the file by what `plan` makes of its bytes: lock, read, plan, look again, replace, look back, remember. When
 * somebody else saves the file meanwhile, `plan` is asked again about their text; so it is when it gives a promise, once
 * that is kept. Returns the last plan, and what the user should know. Throws what `plan` throws, and then nothing is
 * written.
 */
export async function saveText<T extends Plan>(
  file: TreeFile,
  options: SaveOptions,
  plan: (bytes: Uint8Array | undefined) => T | Promise<void>,
): Promise<{ readonly plan: T; readonly warnings: readonly string[] }> {
  return withLock(treeLockOf(file), { purpose: options.purpose, patience: lockPatience }, async () => {
    removeLeftovers(file.path);
    const isOurs = ({ bytes }: OpenFile) => isKnown(file, bytes);
    const warnings: string[] = [];
    for (let clash = 0; clash < mostClashes; clash++) {
      const look = (seen: OpenFile | undefined) => ({ seen, planned: plan(seen?.bytes) });
      const { seen, planned } = readSettled(
        openFile,
        file.path,
        { isExpected: isExpected(file), isKnown: isOurs },
        look,
      );
      try {
        if (planned instanceof Promise) await planned;
        else if (!planned.save || replace(file, seen, planned.save, options, warnings))
          return { plan: planned, warnings };
      } finally {
        if (seen) closeSync(seen.handle);
      }
    }
    throw new ConflictError(`${file.path}: the file is being saved again and again by another program`, {
      hint: "Nothing was written. Close the editor that saves it, then try again.",
    });
  });
}

/** Whether the file is what was written last by us; of a history that cannot be read nothing is known. */
function isKnown(file: TreeFile, bytes: Uint8Array): boolean {
  try {
    return isNewest(historyOf(file), bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return true;
  }
}

/** Returns false when somebody else saved the file meanwhile: then their text is in the file, and ours is not. */
function replace(
  file: TreeFile,
  seen: OpenFile | undefined,
  { node, ...save }: NonNullable<Plan["save"]>,
  { purpose, now }: SaveOptions,
  warnings: string[],
): boolean {
  const ours = save.after;
  if (!atomicWrite(file.path, ours, () => isStill(file.path, seen))) return false;
  const origin = { time: now, command: purpose, node };
  const byHand = { time: seen?.time ?? now, command: null, node: null };
  const late = seen && findLateSave(seen);
  if (!late) {
    warnings.push(
      ...remember(
        file,
        () => {
          const found = seen || isExpected(file) ? byHand : { ...byHand, command: newFile };
          return { ...save, found, origin };
        },
        () => [],
      ),
    );
    return true;
  }
  const whole = Buffer.concat(ours);
  const overtaken = putBack(file.path, late, whole);
  for (const bytes of overtaken) {
    const delta = deltaOfBytes(bytes, whole);
    const kept = { before: bytes, found: byHand, after: save.after, delta, origin };
    warnings.push(
      ...remember(
        file,
        () => kept,
        (version) => [overtakenWarning(file, version - 1)],
      ),
    );
  }
  return false;
}

/**
 * Puts a save into the file that went in place into the one before, which had lost its name to ours between our last
 * look and our rename. Returns the saves that another one has overtaken meanwhile: they are not in the file.
 */
function putBack(path: string, late: Uint8Array, ours: Uint8Array): readonly Uint8Array[] {
  const overtaken: Uint8Array[] = [];
  for (let [save, there] = [late, ours]; ; ) {
    const current = openFile(path);
    try {
      const isOurs = current !== undefined && sameBytes(current.bytes, there);
      if (!isOurs || !atomicWrite(path, save, () => isStill(path, current))) return [...overtaken, save];
      const later = findLateSave(current);
      if (!later) return overtaken;
      overtaken.push(save);
      [save, there] = [later, save];
    } finally {
      if (current) closeSync(current.handle);
    }
  }
}

function overtakenWarning({ path }: TreeFile, version: number): string {
  return `${basename(path)}: several saves by another program met one of ours; an earlier one is kept as version ${version}: tree-autoresearch history --show ${version}`;
}

/** The tree file is saved already: a history that cannot be written is told, and no failure of the call. */
function remember(
  file: TreeFile,
  recorded: () => Recorded,
  tell: (version: number) => readonly string[],
): readonly string[] {
  const folder = historyOf(file);
  try {
    const { version, isDamaged } = recordVersion(folder, recorded());
    fitAccess(folder, file.path);
    const damaged = `the history could not be read, and begins anew; what it was is in ${folder}`;
    return [...(isDamaged ? [damaged] : []), ...tell(version)];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return [`the change is saved, but the history could not be written (${message}): undo will not know this version`];
  }
}

/** Who may read the file, and nobody else, may read its past. The folder of another user is theirs to open and close. */
function fitAccess(folder: string, path: string): void {
  try {
    const [own, file] = [statSync(folder), statSync(path)];
    const wanted = (own.mode & 0o7000) | 0o700 | (file.mode & 0o066) | ((file.mode & 0o044) >> 2);
    if ((own.mode & 0o7777) !== wanted && own.uid === process.geteuid?.()) chmodSync(folder, wanted);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
