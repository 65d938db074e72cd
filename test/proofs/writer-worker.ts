// One of several processes that change a tree through the library: `writer-worker FOLDER WRITER COUNT`. Begins when told.
import { once } from "node:events";
import { join } from "node:path";
import { editTreeFile } from "../../src/store/edit-tree-file.ts";
import { apply, changesOf } from "./writer-changes.ts";

const [folder = "", writer, count] = process.argv.slice(2);
const file = {
  path: join(folder, "ITERATION_TREE.yaml"),
  stateFolder: join(folder, "state"),
  isHidden: false,
  schema: "schema.json",
};
const now = "2026-01-01T00:00:00Z";
const options = { purpose: `writer ${writer}`, now, dryRun: false, create: false };

process.send?.({ ready: true });
await once(process, "message");
for (const wanted of changesOf(Number(writer), Number(count))) {
  const start = performance.now();
  try {
    await editTreeFile(file, options, (tree) => apply(tree, wanted, now));
    process.send?.({ done: wanted, milliseconds: performance.now() - start });
  } catch (error) {
    process.send?.({ failed: String(error) });
  }
}
process.disconnect?.();
