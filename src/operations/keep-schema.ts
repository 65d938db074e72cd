import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TreeFile } from "../store/tree-file.ts";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { isThere } from "../system/is-there.ts";
import { schemaName } from "./place-tree-file.ts";

/** The JSON Schema, where the first line of a file that we began says: the folder may be deleted, and a clone has none. */
export async function keepSchema({ stateFolder }: TreeFile): Promise<void> {
  const path = join(stateFolder, schemaName);
  try {
    if (isThere(path)) return;
    const { iterationTreeJsonSchema } = await import("../tree/tree-schema.ts");
    mkdirSync(stateFolder, { recursive: true });
    removeLeftovers(path);
    atomicWrite(path, Buffer.from(`${JSON.stringify(iterationTreeJsonSchema(), null, 2)}\n`));
  } catch (error) {
    // The tree file is saved: what only helps an editor is no failure of the call.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
