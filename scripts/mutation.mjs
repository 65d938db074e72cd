// Mutation testing, area by area (stryker.config.json, `mutate`). What an area's tests killed is kept with its commit in
// test/mutation.json, which npm run docs writes into CONTRIBUTING.md. A run that is cut off goes on with the next area, and
// within one only what a change concerns is tested again, as long as .reports is there.
//   npm run mutation                              all areas, some hours on two cores
//   npm run mutation -- 'src/store/[s-z]*.ts'     these alone
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { keepArea, killedOf, readMutation } from "./mutation-table.mjs";

const config = JSON.parse(readFileSync("stryker.config.json", "utf8"));
const given = process.argv.slice(2);
const unknown = given.find((area) => !config.mutate.includes(area));
if (unknown) throw new Error(`unknown area ${unknown}; known: ${config.mutate.join(" ")}`);

const folder = ".reports/mutation";
mkdirSync(folder, { recursive: true });
for (const area of given.length > 0 ? given : config.mutate) {
  const file = `${folder}/area.json`;
  writeFileSync(file, JSON.stringify({ ...config, mutate: [area] }));
  console.log(`\n${area}`);
  const { error, signal } = spawnSync("node_modules/.bin/stryker", ["run", file], { stdio: "inherit" });
  if (error || signal) throw error ?? new Error(`ended by ${signal}`);
  const { files } = JSON.parse(readFileSync(config.incrementalFile, "utf8"));
  keepArea(area, files);
}

const { killed, mutants, percent } = killedOf(readMutation());
console.log(`${killed} of ${mutants} mutants killed: ${percent} %`);
if (percent < config.thresholds.low) process.exitCode = 1;
