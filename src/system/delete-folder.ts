import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Deletes a folder that holds nothing of worth, also where folders in it are read-only. Returns whether it is gone: what is another user's stays. */
export function deleteFolder(folder: string): boolean {
  return remove(folder) || (makeWritable(folder) && remove(folder));
}

function remove(folder: string): boolean {
  return isDone(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function makeWritable(folder: string): boolean {
  return isDone(() => {
    if (!lstatSync(folder).isDirectory()) return;
    chmodSync(folder, 0o700);
    for (const name of readdirSync(folder)) makeWritable(join(folder, name));
  });
}

/** Whether the system did not refuse. */
function isDone(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}
