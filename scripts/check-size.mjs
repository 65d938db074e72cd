// A budget for the bundle: what every call of the program has to read, since Node takes a millisecond for every 30 kB of
// it. YAML and git are loaded by need.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const folder = "dist/program";
/** kB of the whole bundle, and of what a call loads that only looks at the tree. Now about 460 and 120. */
const budget = { whole: 540, start: 140 };
const start = ["main.js", "rolldown-runtime.js", "program.js"];

const sizeOf = (names) =>
  Math.round([...names].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1000);
const size = { whole: sizeOf(readdirSync(folder)), start: sizeOf(start) };
const imports = start.flatMap((name) =>
  [...readFileSync(join(folder, name), "utf8").matchAll(/^(?:const \w+ = )?require\("\.\/([^"]+)"\)/gm)].map(
    ([, next]) => next,
  ),
);
const eager = imports.filter((name) => !start.includes(name));
if (eager.length > 0) console.error(`loaded at every start, not by need: ${eager.join(", ")}`);
console.log(`bundle ${size.whole} kB of ${budget.whole}, at start ${size.start} kB of ${budget.start}`);
process.exitCode = size.whole > budget.whole || size.start > budget.start || eager.length > 0 ? 1 : 0;
