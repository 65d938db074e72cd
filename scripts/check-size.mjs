// A budget for the bundle: what every call of the program may have to read. git's and YAML's chunks are loaded by need.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const folder = "dist/program";
/** kB of the whole bundle, and of what `--help` loads: main.js and what it imports statically. Now about 950 and 400. */
const budget = { whole: 1100, start: 500 };

function staticImports(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(join(folder, name), "utf8");
  for (const [, next] of text.matchAll(/^(?:import|export)[^"']*["']\.\/([^"']+\.js)["'];?$/gm))
    staticImports(next, seen);
  return seen;
}

const sizeOf = (names) =>
  Math.round([...names].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1000);
const size = { whole: sizeOf(readdirSync(folder)), start: sizeOf(staticImports("main.js")) };
const start = staticImports("main.js");
const eager = ["yaml", "simple-git"].filter((name) =>
  [...start].some((file) => readFileSync(join(folder, file), "utf8").includes(`// node_modules/${name}/`)),
);
if (eager.length > 0) console.error(`loaded at every start, not by need: ${eager.join(", ")}`);
console.log(`bundle ${size.whole} kB of ${budget.whole}, at start ${size.start} kB of ${budget.start}`);
process.exitCode = size.whole > budget.whole || size.start > budget.start || eager.length > 0 ? 1 : 0;
