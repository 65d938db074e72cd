import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ConflictError } from "../errors.ts";
import type { TreeFile } from "../store/tree-file.ts";
import { idRule, isSafeId } from "../tree/node-id.ts";

/** Where the files of an attempt are, as the tree names them: relative to the state folder. */
export function attemptName(id: string, attempt: number): string {
  return `runs/${id}/${attempt}`;
}

export function attemptFolder({ stateFolder }: TreeFile, id: string, attempt: number): string {
  if (!isSafeId(id)) {
    throw new ConflictError(`The id ${JSON.stringify(id)} cannot name a folder, so nothing of it is run`, {
      hint: idRule,
    });
  }
  return join(stateFolder, attemptName(id, attempt));
}

/** Makes the folder of the next attempt, `from` or later: a node of the same id may have been there before. */
export function newAttemptFolder(
  file: TreeFile,
  id: string,
  from: number,
): { readonly attempt: number; readonly folder: string } {
  for (let attempt = from; ; attempt++) {
    const folder = attemptFolder(file, id, attempt);
    mkdirSync(dirname(folder), { recursive: true });
    try {
      mkdirSync(folder);
      return { attempt, folder };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
