import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeFile } from "../../src/store/tree-file.ts";
import { tempFolder } from "../temp-repository.ts";

/** A tree file alone in a temporary folder, with the given text or not there yet. */
export function tempTreeFile(text?: string): TreeFile {
  const folder = tempFolder();
  const file = { path: join(folder, "t.yaml"), stateFolder: join(folder, ".state"), isHidden: true, schema: "s.json" };
  if (text !== undefined) writeFileSync(file.path, text);
  return file;
}
