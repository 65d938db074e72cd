// Writes the JSON Schemas of the tree file and of the answers from the zod schemas, for editors and other programs.
import { mkdirSync, writeFileSync } from "node:fs";
import { answersJsonSchema } from "../dist/tree/answers.js";
import { iterationTreeJsonSchema } from "../dist/tree/tree-schema.js";

mkdirSync("skill/references", { recursive: true });
for (const [name, schema] of [
  ["iteration-tree", iterationTreeJsonSchema()],
  ["answers", answersJsonSchema()],
]) {
  writeFileSync(`skill/references/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
}
