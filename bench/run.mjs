// Speed as ratios within one run: against the start of Node alone, and against a peer in Python.
//   npm run bench                  about ten minutes; writes bench/results.md
//   npm run bench -- --quick       under 90 seconds, without the peer, prints only
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { env, interleave, median, memory, time, timeAll } from "./measure.mjs";
import { byHand, copyOf, makeRepository, treeName } from "./trees.mjs";

const isQuick = process.argv.includes("--quick");
const rounds = isQuick ? 3 : 15;
const program = resolve("bin/tree-autoresearch.js");
const id = (i) => `iter${i}_lower_rate`;
const rows = [];

/** The Node versions that are compared: the caller's, and 24 where `npm i --no-save node@24` has put it (npm would run this one then). */
const node = process.env.npm_node_execpath ?? process.execPath;
const other = resolve("node_modules/node/bin/node");
const nodes = [node, ...(existsSync(other) && other !== node ? [other] : [])];
const versionOf = (node) => execFileSync(node, ["--version"], { encoding: "utf8" }).trim();

const sizes = [10, 1_000, 10_000];
console.error(`trees of ${sizes.join(", ")} nodes ...`);
const repositories = Object.fromEntries(sizes.map((size) => [size, makeRepository(size)]));
/** Edited by hand again and again. */
const edited = makeRepository(10_000);
const cold = Object.fromEntries([10, 10_000].map((size) => [size, makeRepository(size)]));
let fresh = 0;

/** The calls whose time is compared with the start of Node. `prepare` is not counted. */
function worksOf(size) {
  const cwd = repositories[size];
  const leaf = size - 1;
  const call = (...args) => ({ cwd, args });
  const reads = { list: ["list", "--limit", "20"], get: ["get", "--id", id(leaf)], "best-path": ["best-path"] };
  const all = {
    "list, all": ["list"],
    "visualize, all": ["visualize"],
    validate: ["validate"],
    compare: ["compare", "--id", id(1), "--id2", id(leaf)],
  };
  const added = [];
  return {
    reads: Object.entries({ ...reads, ...(size === 10 ? { visualize: ["visualize"] } : {}) }).map(([name, args]) => ({
      name,
      ...call(...args),
    })),
    all: size === 10_000 ? Object.entries(all).map(([name, args]) => ({ name, ...call(...args) })) : [],
    writes: [
      { name: "update", cwd, args: () => ["update", "--id", id(leaf), "--desc", `Try again ${fresh++}`] },
      {
        name: "update --metric",
        cwd,
        args: () => ["update", "--id", id(leaf), "--metric", `accuracy=0.${1000 + fresh++}`],
      },
      {
        name: "add",
        cwd,
        args: () => {
          added.push(`new${fresh++}`);
          return ["add", "--id", added.at(-1), "--parent", id(0), "--desc", "Try", "--cmd", "python train.py"];
        },
      },
      {
        name: "update of a node with a comment",
        cwd,
        args: () => ["update", "--id", id(byHand), "--desc", `Try again ${fresh++}`],
      },
      { name: "prune", cwd, args: () => ["prune", "--id", added.at(-1), "--reason", "worse"] },
      { name: "delete", cwd, args: () => ["delete", "--id", added.pop()] },
    ],
    edits:
      size === 10_000
        ? [
            {
              name: "list after an edit by hand",
              cwd: edited,
              prepare: () => editByHand(join(edited, treeName)),
              args: ["list", "--limit", "20"],
            },
          ]
        : [],
  };
}

function editByHand(file) {
  const text = readFileSync(file, "utf8");
  const at = text.indexOf("Try 5000");
  writeFileSync(file, `${text.slice(0, at)}Try 5000, by hand ${fresh++}${text.slice(text.indexOf('"', at))}`);
}

const goals = {
  reads: { 10: [1.5, 1.35], 1000: [1.6, 1.6], 10000: [2.6, 2.6] },
  writes: { 10: [2.4, 2.0], 1000: [2.6, 2.6], 10000: [4.2, 4.2] },
  all: { 10000: [4, 4] },
  edits: { 10000: [4.5, 4.5] },
};

function add(work, nodes, measured, goal, { atLeast = false, unit = "" } = {}) {
  const isMet = goal === undefined ? undefined : atLeast ? measured >= goal : measured <= goal;
  const shown = (value) => `${value >= 20 ? Math.round(value) : value.toFixed(2)}${unit}`;
  rows.push({
    work,
    nodes,
    measured: shown(measured),
    goal: goal === undefined ? "" : `${atLeast ? "≥" : "≤"} ${goal}${unit}`,
    isMet,
  });
}

const floors = {};
const above = {};
for (const [i, node] of nodes.entries()) {
  const version = versionOf(node);
  const run =
    ({ cwd, args, prepare }) =>
    () => {
      prepare?.();
      return time([node, program, ...(typeof args === "function" ? args() : args)], { cwd });
    };
  const base = repositories[10];
  const plain = [
    { name: "--version", goal: 1.1, run: run({ cwd: base, args: ["--version"] }) },
    { name: "--help", goal: 1.45, run: run({ cwd: base, args: ["--help"] }) },
    {
      name: "the very first call",
      goal: [3, 2.5][i],
      run: run({
        cwd: cold[10],
        prepare: () => rmSync(join(cold[10], ".git/tree-autoresearch"), { recursive: true, force: true }),
        args: ["list"],
      }),
    },
  ];
  const works = plain.map((each) => ({ ...each, size: 10 }));
  for (const size of sizes)
    for (const [kind, list] of Object.entries(worksOf(size)))
      for (const each of list) works.push({ name: each.name, size, kind, goal: goals[kind][size][i], run: run(each) });
  console.error(`${version}: ${works.length} works, ${rounds} rounds ...`);
  for (const { run: warm } of works) warm();
  const { medians, reference } = interleave(
    works.map((work) => work.run),
    rounds,
    () => time([node, "-e", "0"]),
  );
  floors[version] = reference;
  for (const [k, { name, size, kind, goal }] of works.entries()) {
    add(`${name} (${version})`, size, medians[k] / reference, goal, { unit: " × floor" });
    if (i === 0 && kind !== undefined) {
      above[name] ??= {};
      above[name][size] = medians[k] - reference;
    }
  }
}
for (const [name, times] of Object.entries(above))
  if (times[1_000] && times[10_000])
    add(
      `${name}: time above the floor, from 1,000 to 10,000`,
      "",
      times[10_000] / times[1_000],
      ["list", "get", "best-path"].includes(name) ? 5 : 10,
      { unit: " ×" },
    );

const floor = Object.values(floors)[0];
measureWorktrees();
measureRuns();
measureMemory();
await measureWriters();
if (!isQuick) measurePeer();
const text = render();
console.log(text);
if (!isQuick) writeFileSync("bench/results.md", text);
for (const root of [...Object.values(repositories), ...Object.values(cold), edited])
  rmSync(root, { recursive: true, force: true });

/** Against git alone, and how often git is started. */
function measureWorktrees() {
  const root = repositories[10];
  let count = 0;
  const {
    medians: [ours, git],
    reference,
  } = interleave(
    [
      () =>
        time([node, program, "add", "--id", `tree${count++}`, "--desc", "x", "--cmd", "y", "--worktree"], {
          cwd: root,
        }),
      () =>
        time(["git", "worktree", "add", "-q", "-b", `plain/${count}`, join(root, `.worktrees/plain${count++}`)], {
          cwd: root,
        }),
    ],
    rounds,
    () => time([node, "-e", "0"]),
  );
  add("add --worktree, against git worktree add and the floor", 10, ours / (git + reference), 1.5, { unit: " ×" });
  const folder = mkdtempSync(join(tmpdir(), "bench-git-"));
  const log = join(folder, "log");
  const real = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  writeFileSync(join(folder, "git"), `#!/bin/sh\necho "$@" >> ${log}\nexec ${real} "$@"\n`, { mode: 0o755 });
  const PATH = `${folder}${delimiter}${env.PATH}`;
  const commits = {
    GIT_AUTHOR_NAME: "b",
    GIT_AUTHOR_EMAIL: "b@localhost",
    GIT_COMMITTER_NAME: "b",
    GIT_COMMITTER_EMAIL: "b@localhost",
  };
  const countGits = (...args) => {
    writeFileSync(log, "");
    time([node, program, ...args], { cwd: root, env: { PATH, ...commits } });
    return readFileSync(log, "utf8").split("\n").length - 1;
  };
  add(
    "git processes of add --worktree",
    10,
    countGits("add", "--id", "counted", "--desc", "x", "--cmd", "y", "--worktree"),
    3,
  );
  add("git processes of sync", 10, countGits("sync", "--id", "counted"), 3);
  appendFileSync(join(root, ".worktrees/counted/train.py"), "# changed\n");
  add("git processes of sync -m", 10, countGits("sync", "--id", "counted", "-m", "changed"), 5);
  rmSync(folder, { recursive: true });
}

/** What `run` takes beside the command that it runs; each time a node that has not run yet. */
function measureRuns() {
  const root = repositories[10];
  const command = "echo METRIC accuracy=0.5";
  for (let i = 0; i < rounds; i++)
    time([node, program, "add", "--id", `run${i}`, "--desc", "x", "--cmd", command, "--worktree"], { cwd: root });
  let next = 0;
  const {
    medians: [ours, bare],
    reference,
  } = interleave(
    [
      () => time([node, program, "run", "--quiet", "--id", `run${next++}`], { cwd: root }),
      () => time(["sh", "-c", command], { cwd: root }),
    ],
    rounds,
    () => time([node, "-e", "0"]),
  );
  add("run, above its command alone", 10, (ours - bare) / reference, 4, { unit: " × floor" });
}

function measureMemory() {
  const usual = ["list", "update"].map((name) =>
    memory(node, name === "list" ? [program, "list"] : [program, "update", "--id", id(7), "--note", "n"], {
      cwd: repositories[10_000],
    }),
  );
  add("peak memory, usual path", 10_000, Math.max(...usual), 150, { unit: " MB" });
  const root = copyOf(repositories[10_000]);
  rmSync(join(root, ".git/tree-autoresearch"), { recursive: true, force: true });
  writeFileSync(
    join(root, treeName),
    readFileSync(join(root, treeName), "utf8")
      .replace("version: 1", "version: &v 1\nagain: *v")
      .replace("nodes:\n", "nodes: # all\n")
      .replace(/^version/, "---\nversion"),
  );
  add(
    "peak memory, the whole document parsed",
    10_000,
    memory(node, [program, "list", "--limit", "5"], { cwd: root }),
    350,
    { unit: " MB" },
  );
  rmSync(root, { recursive: true });
}

/** The same 400 changes by 16 at once, and by two. */
async function measureWriters() {
  const run = async (atOnce) => {
    const root = makeRepository(10);
    const calls = Array.from({ length: isQuick ? 100 : 400 }, (_, i) => [
      node,
      program,
      "update",
      "--id",
      id(i % 10),
      "--desc",
      `call ${i}`,
    ]);
    const took = await timeAll(calls, atOnce, { cwd: root });
    rmSync(root, { recursive: true });
    return took;
  };
  const two = await run(2);
  const sixteen = await run(16);
  add("16 writers × 25 updates, throughput against the same two at a time", 10, two / sixteen, 0.8, { atLeast: true });
}

function measurePeer() {
  console.error("the peer ...");
  const root = copyOf(repositories[10_000]);
  const peer = (loader, size, ...args) => {
    const path = join(root, "peer.yaml");
    writeFileSync(path, readFileSync(join(repositories[size], treeName)));
    return time(["python3", resolve("bench/peer.py"), loader, path, ...args], {});
  };
  const first = () => {
    rmSync(join(cold[10_000], ".git/tree-autoresearch"), { recursive: true, force: true });
    return time([node, program, "list", "--limit", "20"], { cwd: cold[10_000] });
  };
  const ours = { first: median([first(), first(), first()]) };
  for (const loader of ["pure", "c"]) {
    const name = loader === "pure" ? "PyYAML" : "PyYAML with libyaml";
    const load = peer(loader, 10_000, "load");
    add(`the very first call, against ${name}'s load`, 10_000, load / ours.first, loader === "pure" ? 5.5 : undefined, {
      atLeast: true,
      unit: " × faster",
    });
    const at = [0, 1, 2].map(() => [
      peer(loader, 1_000, "get", id(9)),
      peer(loader, 1_000, "update", id(9), "x"),
      peer(loader, 1_000, "add", "x"),
    ]);
    for (const [k, action] of ["get", "update", "add"].entries())
      add(`${name}: ${action}`, 1_000, median(at.map((each) => each[k])) / floor, undefined, { unit: " × floor" });
  }
  rmSync(root, { recursive: true });
}

function render() {
  const machine = `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`;
  const head = Object.entries(floors).map(
    ([version, milliseconds]) => `${version}: \`node -e 0\` takes ${milliseconds.toFixed(1)} ms`,
  );
  const mark = { true: "yes", false: "**missed**", undefined: "" };
  return [
    "# Speed\n",
    `Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}; ${machine}; ${execFileSync("git", ["--version"], { encoding: "utf8" }).trim()}; ${execFileSync("python3", ["--version"], { encoding: "utf8" }).trim()}.`,
    `${head.join("; ")}. Medians of ${rounds} interleaved runs; all figures are ratios within this run.\n`,
    "| work | nodes | measured | goal | met |",
    "| --- | --- | --- | --- | --- |",
    ...rows.map(
      ({ work, nodes: size, measured, goal, isMet }) =>
        `| ${work} | ${size} | ${measured} | ${goal} | ${mark[isMet]} |`,
    ),
    "",
  ].join("\n");
}
