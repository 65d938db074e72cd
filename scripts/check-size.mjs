// A budget for the bundle: what every call of the program has to read, since Node takes a millisecond for every 30 kB of
// it. YAML, zod and git are loaded by need.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const folder = "dist/program";
/** kB of the whole bundle, of what a call loads that only looks at the tree, and of one that changes it. Now about 570, 120 and 171. */
const budget = { whole: 600, start: 125, write: 180 };
const start = ["main.js", "program.js"];
const write = [...start, "writer.js"];

const sizeOf = (names) =>
  Math.round([...names].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1000);
const size = { whole: sizeOf(readdirSync(folder)), start: sizeOf(start), write: sizeOf(write) };
const imports = write.flatMap((name) =>
  [...readFileSync(join(folder, name), "utf8").matchAll(/(?<!\(\) ?=> ?)require\("\.\/([^"]+)"\)/g)].map(
    ([, next]) => next,
  ),
);
const eager = imports.filter((name) => !write.includes(name));
if (eager.length > 0) console.error(`loaded at every start or change, not by need: ${eager.join(", ")}`);
const parts = Object.keys(budget);
console.log(parts.map((part) => `${part} ${size[part]} kB of ${budget[part]}`).join(", "));
process.exitCode = parts.some((part) => size[part] > budget[part]) || eager.length > 0 ? 1 : 0;
