// Runs every proof of test/proofs at full size, one after the other, and prints a table of promise, anchor and figure.
// Resumable: a proof that passed at this commit is not run again, and one that was cut off goes on where it was.
//   npm run test:long               all proofs, a few hours on two cores
//   npm run test:long -- writers    one of them
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const folder = ".reports/long";
mkdirSync(folder, { recursive: true });
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const changed = git("status", "--porcelain", "--", "src", "bin", "test/proofs", "package-lock.json") !== "";
const sources = git("rev-parse", "HEAD:src");
const proofFiles = git("ls-tree", "-r", "HEAD", "test/proofs").split("\n");
const all = readdirSync("test/proofs")
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.replace(".test.ts", ""));
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : all;

const results = wanted.map((name) => recorded(name) ?? prove(name));
const commit = git("rev-parse", "--short=7", "HEAD") + (changed ? " with changes" : "");
console.log(
  `\n${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}, ${git("version")}, ${availableParallelism()} cores\n`,
);
console.log("| promise | figure | command | minutes |\n| --- | --- | --- | ---: |");
for (const { figures, minutes } of results) {
  for (const [i, { promise, figure, anchor }] of figures.entries())
    console.log(`| ${promise} | ${figure} | \`npm run test:long -- ${anchor}\` | ${i === 0 ? minutes : ""} |`);
}
const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
if (failed.length > 0) console.error(`\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function recorded(name) {
  const file = join(folder, `${name}.json`);
  const result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  return result?.passed && result.state === stateOf(name) ? result : undefined;
}

/** What a proof depends on: the product, itself with its folder, and what the proofs share. Figures of another state are not kept. */
function stateOf(name) {
  if (changed) return `${git("rev-parse", "HEAD")} with changes`;
  const own = proofFiles.filter((line) => {
    const [first, ...rest] = line.slice(line.indexOf("test/proofs/") + "test/proofs/".length).split("/");
    return rest.length > 0 ? first === name : !first.endsWith(".test.ts") || first === `${name}.test.ts`;
  });
  return createHash("sha256")
    .update([sources, ...own].join("\n"))
    .digest("hex");
}

function prove(name) {
  const [figuresFile, stateFile] = ["figures", "state"].map((end) => join(folder, `${name}.${end}`));
  const state = stateOf(name);
  rmSync(figuresFile, { force: true });
  const isSame = existsSync(stateFile) && readFileSync(stateFile, "utf8") === state;
  if (!isSame) for (const each of progressOf(name)) rmSync(each);
  writeFileSync(stateFile, state);
  const start = Date.now();
  const { status } = spawnSync("node_modules/.bin/vitest", ["run", `test/proofs/${name}.test.ts`], {
    stdio: "inherit",
    env: { ...process.env, PROOFS: "long", PROOF_FIGURES: figuresFile, NODE_EXTRA_CA_CERTS: undefined },
  });
  const figures = existsSync(figuresFile)
    ? readFileSync(figuresFile, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const result = { name, state, passed: status === 0, minutes: Math.round((Date.now() - start) / 6000) / 10, figures };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(result));
  if (status !== null) for (const each of progressOf(name)) rmSync(each);
  return result;
}

/** What campaigns of this proof keep between two runs: `NAME.progress.json`, `NAME-PART.progress.json`. */
function progressOf(name) {
  const isOwn = (file) =>
    file.endsWith(".progress.json") && (file.startsWith(`${name}.`) || file.startsWith(`${name}-`));
  return readdirSync(folder)
    .filter(isOwn)
    .map((file) => join(folder, file));
}
