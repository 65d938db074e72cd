// Runs every proof of test/proofs at full size, one after the other, and prints a table of promise, figure, command and
// commit, which is also kept in test/long-run.json; `npm run docs` puts it into README.md.
// Resumable: a proof that passed here in this state is not run again, and one that was cut off goes on where it was.
//   npm run test:long               all proofs, a few hours on two cores
//   npm run test:long -- writers    one of them
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { figuresTable, longRunFile, readLongRun } from "./figures-table.mjs";

const folder = ".reports/long";
const proofs = "test/proofs";
mkdirSync(folder, { recursive: true });
const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
const isChanged =
  git("status", "--porcelain", "--", "src", "bin", "test", `:!${longRunFile}`, "package-lock.json") !== "";
if (isChanged) console.error("There are changes that are not committed: what is measured is not kept.");
const all = readdirSync(proofs)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => name.replace(".test.ts", ""));
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : all;

const results = [];
for (const name of wanted) {
  const state = isChanged ? undefined : await stateOf(name);
  const result = recorded(name, state) ?? prove(name, state);
  results.push(result);
  if (state !== undefined && result.passed) keep(result);
}
console.log(`\n${figuresTable(results)}`);
const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
if (failed.length > 0) console.error(`\nfailed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function recorded(name, state) {
  const file = join(folder, `${name}.json`);
  const result = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  return result?.passed && state !== undefined && result.state === state ? result : undefined;
}

function keep({ name, date, commit, machine, minutes, figures }) {
  const others = readLongRun().filter((each) => each.name !== name && all.includes(each.name));
  const rows = [...others, { name, date, commit, machine, minutes, figures }];
  rows.sort((a, b) => all.indexOf(a.name) - all.indexOf(b.name));
  writeFileSync(longRunFile, `${JSON.stringify(rows, null, 2)}\n`);
}

/** What a proof depends on: the product, what the proof imports, and what is started from its folders. Figures of another state are not kept. */
async function stateOf(name) {
  const { metafile } = await build({
    entryPoints: [join(proofs, `${name}.test.ts`)],
    ...{ bundle: true, write: false, metafile: true, packages: "external", platform: "node", format: "esm" },
  });
  const isOwn = (file) => {
    const [first, ...rest] = file.slice(proofs.length + 1).split("/");
    return rest.length > 0 ? first === name : !first.endsWith(".test.ts");
  };
  const near = git("ls-files", proofs).split("\n").filter(isOwn);
  const started = ["test/system/lock-worker.ts", "test/store/peer.py", "package-lock.json", "scripts/build.mjs"];
  const files = [...new Set([...Object.keys(metafile.inputs), ...near, ...started])].sort();
  const blobs = git("rev-parse", "HEAD:src", "HEAD:bin", ...files.map((file) => `HEAD:${file}`));
  return createHash("sha256").update(blobs).digest("hex");
}

function prove(name, state) {
  const [figuresFile, stateFile] = ["figures", "state"].map((end) => join(folder, `${name}.${end}`));
  rmSync(figuresFile, { force: true });
  const isSame = state !== undefined && existsSync(stateFile) && readFileSync(stateFile, "utf8") === state;
  if (!isSame) for (const each of progressOf(name)) rmSync(each);
  writeFileSync(stateFile, state ?? "");
  const start = Date.now();
  const { status } = spawnSync("node_modules/.bin/vitest", ["run", `${proofs}/${name}.test.ts`], {
    stdio: "inherit",
    // What a proof needs and does not find makes it fail, as in CI: a figure that is missing is no figure.
    env: { ...process.env, CI: "true", PROOFS: "long", PROOF_FIGURES: figuresFile, NODE_EXTRA_CA_CERTS: undefined },
  });
  const figures = existsSync(figuresFile)
    ? readFileSync(figuresFile, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  const result = {
    ...{ name, state, passed: status === 0, minutes: Math.round((Date.now() - start) / 6000) / 10, figures },
    date: new Date().toISOString().slice(0, 10),
    commit: git("rev-parse", "--short=7", "HEAD") + (isChanged ? " with changes" : ""),
    machine: `Node ${process.version}, ${git("version")}, ${availableParallelism()} cores`,
  };
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
