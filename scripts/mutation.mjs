// Mutation testing, area by area, and then the report on all. The result of each area is kept, so that a run that was
// cut off goes on where it was, and only what a change concerns is tested again.
//   npm run mutation                          all areas, some hours on two cores
//   npm run mutation -- 'src/store/s*.ts'     these alone
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const config = JSON.parse(readFileSync("stryker.config.json", "utf8"));
const store = "src/store/*.ts";
const letters = new Set(readdirSync("src/store").map((name) => name.charAt(0)));
const given = process.argv.slice(2);
const areas = config.mutate.flatMap((pattern) =>
  pattern === store ? [...letters].sort().map((letter) => `src/store/${letter}*.ts`) : [pattern],
);
if (areas.length === config.mutate.length) throw new Error(`stryker.config.json does not name ${store}`);

const folder = ".reports/mutation";
mkdirSync(folder, { recursive: true });
for (const area of given.length > 0 ? given : areas) {
  const file = `${folder}/area.json`;
  writeFileSync(file, JSON.stringify({ ...config, mutate: [area], reporters: ["progress-append-only"] }));
  console.log(`\n${area}`);
  const { error, signal } = spawnSync("node_modules/.bin/stryker", ["run", file], { stdio: "inherit" });
  if (error || signal) throw error ?? new Error(`ended by ${signal}`);
}
if (given.length === 0)
  process.exitCode = spawnSync("node_modules/.bin/stryker", ["run"], { stdio: "inherit" }).status ?? 1;

const { files } = JSON.parse(readFileSync(config.incrementalFile, "utf8"));
const mutants = Object.values(files).flatMap((file) => file.mutants);
const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
const [killed, all] = [count("Killed", "Timeout"), count("Killed", "Timeout", "Survived", "NoCoverage")];
console.log(
  `${given.length > 0 ? "of all that is known: " : ""}${killed} of ${all} mutants killed: ${((100 * killed) / all).toFixed(1)} %`,
);
