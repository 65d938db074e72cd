// `npm run demo`: a research session on real digits, run the way an agent would: only through the command line.
// `npm run demo -- --study`: tree against line over ten data seeds.
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { copyProject, plainLab, readConfig, runNode, withProject, writeSeed } from "./lab.mjs";
import { applyChange, searchLine, searchTree } from "./search.mjs";
import { DEMO_SEED, judge, renderStudy, runStudy } from "./study.mjs";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("../../bin/tree-autoresearch.js", import.meta.url));

const { values: options } = parseArgs({
  options: { study: { type: "boolean" }, runs: { type: "string", default: "14" }, seed: { type: "string" } },
});
const runs = Number(options.runs);

if (options.study) await study();
else await demo(Number(options.seed ?? DEMO_SEED));

async function study() {
  console.log(`Tree against line, ${runs} runs each on ten data seeds; this takes some minutes.`);
  const result = await runStudy({
    runs,
    onProgress: ({ seed, line, tree }) =>
      console.log(`seed ${seed}: line ${percent(line.test)}, tree ${percent(tree.test)} of the test digits`),
  });
  console.log(`\n${renderStudy(result)}`);
}

async function demo(seed) {
  const root = await mkdtemp(join(tmpdir(), "tree-autoresearch-demo-"));
  await startRepository(root, seed);
  console.log(`A research session of ${runs} experiments in ${root}\n`);
  const lab = treeLab(root);
  const { best, nodes } = await searchTree(lab, { runs });

  console.log(`\nThe same ideas and as many runs for a greedy keep-or-discard line:`);
  const line = await withProject((project) => judge(searchLine, quietLab(plainLab(project, seed)), runs));

  const { test_accuracy: test } = await runNode(join(root, ".worktrees", best.id), [
    "validation/evaluate.mjs",
    "--test",
  ]);
  await showFailures(root, best.id);
  for (const command of [["visualize"], ["best-path"]]) show(root, command);
  console.log(`\n${comparison({ best, test, line, nodes })}\n\n${lookFurther(root, best)}`);
}

async function startRepository(root, seed) {
  const config = await copyProject(root);
  await writeSeed(root, { ...config, seed });
  const git = (...args) => execute("git", args, { cwd: root });
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "user.name", "Demo Agent");
  await git("config", "user.email", "agent@example.org");
  await git("add", "--all");
  await git("commit", "--quiet", "--message=Digits: baseline");
}

/** A lab whose experiments are nodes of a tree: each is added and edited, and those that are ready at the same time are run together. */
function treeLab(root) {
  const cli = async (...args) => (await execute(process.execPath, [program, ...args], { cwd: root })).stdout.trim();
  const inOrder = queue();
  const runTogether = batch((ids) => runNodes(root, ids));
  const accuracies = new Map();
  let done = 0;

  return {
    async run({ id, parent, description, change }) {
      const { results } = await runTogether(id, () =>
        inOrder(async () => {
          const node = ["--id", id, "--desc", description, "--cmd", "node train.mjs", "--worktree"];
          await cli("add", ...node, ...(parent ? ["--parent", parent] : []));
          await edit(join(root, ".worktrees", id), change);
        }),
      );
      const accuracy = results.primary_value;
      accuracies.set(id, accuracy);
      report(++done, { id, parent, description, accuracy, before: accuracies.get(parent) });
      return { accuracy };
    },

    async prune(id, reason) {
      console.log(`        ${await cli("prune", "--id", id, "--reason", reason, "--remove-worktree")}`);
    },
  };
}

/** Commits, runs and records all of them with one call. Resolves to what it answers, by id. */
async function runNodes(root, ids) {
  const commit = ["--commit", "-m", ids.join(" and ")];
  const args = ["run", "--id", ...ids, "--jobs", "2", ...commit, "--objective", "val_accuracy:maximize", "--json"];
  const { stdout } = await execute(process.execPath, [program, ...args], { cwd: root });
  return new Map(JSON.parse(stdout).map((node) => [node.node_id, node]));
}

/** Two experiments that go wrong, as experiments do: what `run` says of them is what an agent reads next. */
async function showFailures(root, parent) {
  const failures = [
    { id: "typo", description: "A schedule that nobody knows", change: { schedule: "cosin" } },
    { id: "forever", description: "A million epochs", change: { epochs: 1_000_000 } },
  ];
  for (const { id, description, change } of failures) {
    const node = ["--id", id, "--parent", parent, "--desc", description, "--cmd", "node train.mjs", "--worktree"];
    await execute(process.execPath, [program, "add", ...node], { cwd: root });
    await edit(join(root, ".worktrees", id), change);
  }
  const ids = failures.map(({ id }) => id);
  show(root, ["run", "--id", ...ids, "--jobs", "2", "--commit", "--timeout", "5s", "--quiet"]);
}

/** Returns a function that gets a task ready, and then waits for `work` on all that were to be got ready meanwhile. */
function batch(work) {
  let [unready, waiting] = [0, []];
  const flush = () => {
    const ready = waiting;
    waiting = [];
    const answers = work(ready.map(({ id }) => id));
    for (const { id, resolve } of ready) resolve(answers.then((byId) => byId.get(id)));
  };
  return async (id, getReady) => {
    unready++;
    await getReady();
    unready--;
    const answer = new Promise((resolve) => void waiting.push({ id, resolve }));
    if (unready === 0) flush();
    return answer;
  };
}

/** Nodes stand in the file in the order in which they were added: two at once must not race. */
function queue() {
  let last = Promise.resolve();
  return (task) => {
    last = last.then(task);
    return last;
  };
}

async function edit(worktree, change) {
  const config = applyChange(await readConfig(worktree), change);
  await writeFile(join(worktree, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

function report(done, { id, parent, description, accuracy, before }) {
  const change = before === undefined ? "" : ` (${signed(accuracy - before)} against ${parent})`;
  console.log(`[${String(done).padStart(2)}/${runs}] ${id.padEnd(18)} ${percent(accuracy)}${change}  ${description}`);
}

function quietLab(lab) {
  let done = 0;
  const run = async (experiment) => {
    const result = await lab.run(experiment);
    process.stdout.write(`${++done === 1 ? "        " : " "}${(100 * result.accuracy).toFixed(1)}`);
    if (done === runs) process.stdout.write("\n");
    return result;
  };
  return { ...lab, run };
}

/** Shows what a command prints, in a terminal with its colours. */
function show(root, command) {
  console.log(`\n$ tree-autoresearch ${command.join(" ")}`);
  spawnSync(process.execPath, [program, ...command], { cwd: root, stdio: "inherit" });
}

function comparison({ best, test, line, nodes }) {
  const verdict = best.accuracy > line.validation ? "The line missed the tree's best." : "Here the line did as well.";
  return [
    `              validation  test (read once, at the end)`,
    `tree          ${percent(best.accuracy)}     ${percent(test)}   ${nodes.length} runs: ${best.ideas.join(", ")}`,
    `greedy line   ${percent(line.validation)}     ${percent(line.test)}   ${line.runs} runs: ${line.ideas.join(", ")}`,
    `${verdict} One seed shows how, not how often: see npm run demo -- --study`,
  ].join("\n");
}

function lookFurther(root, { id, parent }) {
  return [
    "Look further:",
    `  cd ${root}`,
    `  alias tree-autoresearch="node ${program}"`,
    "  tree-autoresearch list --sort metric",
    `  tree-autoresearch get --id ${id}`,
    ...(parent ? [`  tree-autoresearch compare --id ${parent} --id2 ${id}`] : []),
    `  tree-autoresearch worktree --id ${id}`,
  ].join("\n");
}

function percent(share) {
  return `${(100 * share).toFixed(2)} %`;
}

function signed(share) {
  return `${share < 0 ? "-" : "+"}${(100 * Math.abs(share)).toFixed(2)}`;
}
