// How many mutants the tests killed, area by area: test/mutation.json, and the table of it in CONTRIBUTING.md.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const mutationFile = "test/mutation.json";

export function readMutation() {
  return existsSync(mutationFile) ? JSON.parse(readFileSync(mutationFile, "utf8")) : [];
}

/** `files` as Stryker's report has them, also those of other areas. */
export function keepArea(area, files) {
  const mutants = Object.entries(files).flatMap(([name, file]) => (matches(area, name) ? file.mutants : []));
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const row = {
    ...{ area, killed: count("Killed", "Timeout"), mutants: count("Killed", "Timeout", "Survived", "NoCoverage") },
    ...{ date: new Date().toISOString().slice(0, 10), commit: describeCommit() },
  };
  const others = readMutation().filter((each) => each.area !== area);
  const rows = [...others, row].sort((a, b) => (a.area < b.area ? -1 : 1));
  writeFileSync(mutationFile, `${JSON.stringify(rows, null, 2)}\n`);
}

/** Of `*`, `[a-e]` and `{a,b}`. */
function matches(pattern, name) {
  const source = pattern.replace(
    /[.*{},]/g,
    (each) => ({ ".": "\\.", "*": "[^/]*", "{": "(", "}": ")", ",": "|" })[each],
  );
  return new RegExp(`^${source}$`).test(name);
}

function describeCommit() {
  const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
  const isDirty = git("status", "--porcelain", "--", "src", "test/**/*.ts") !== "";
  return git("rev-parse", "--short", "HEAD") + (isDirty ? " and changes" : "");
}

export function killedOf(rows) {
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const [killed, mutants] = [sum("killed"), sum("mutants")];
  return { killed, mutants, percent: Number(((100 * killed) / mutants).toFixed(1)) };
}

export function mutationTable(rows) {
  const { killed, mutants, percent } = killedOf(rows);
  const line = (row) =>
    `| \`${row.area}\` | ${row.killed} of ${row.mutants} | ${killedOf([row]).percent} % | ${row.date}, ${row.commit} |`;
  return [
    "| area | killed | | at |",
    "| --- | --- | --- | --- |",
    ...rows.map(line),
    `| all | ${killed} of ${mutants} | ${percent} % | |`,
  ].join("\n");
}
