// Changes a tree file through the library again and again until told to stop: `edit-worker FOLDER`. Answers how often.
import { join } from "node:path";
import { editTreeFile } from "../../src/store/edit-tree-file.ts";
import { updateNode } from "../../src/tree/update-node.ts";

const [folder = ""] = process.argv.slice(2);
const name = "ITERATION_TREE.yaml";
// Where the program keeps lock and history of this file, too.
const stateFolder = join(folder, ".tree-autoresearch", name);
const file = { path: join(folder, name), stateFolder, isHidden: false, schema: "schema.json" };
const now = "2026-01-01T00:00:00Z";
const answer = { changes: 0, refused: 0, warnings: [] as string[] };
let isStopped = false;
process.once("message", () => {
  isStopped = true;
});
process.send?.("ready");
for (let i = 0; !isStopped; i++) {
  try {
    const options = { purpose: `change ${i}`, now, dryRun: false, create: false };
    const { warnings } = await editTreeFile(file, options, (tree) =>
      updateNode(tree, { id: "a", description: `change ${i}`, now }),
    );
    answer.changes++;
    answer.warnings.push(...warnings);
  } catch {
    answer.refused++;
  }
  await new Promise((resolve) => setImmediate(resolve));
}
process.send?.(answer);
process.disconnect?.();
