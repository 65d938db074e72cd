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

/** A lab whose experiments are nodes of a tree: each is added, edited, committed, run, recorded and synced by commands. */
function treeLab(root) {
  const cli = async (...args) => (await execute(process.execPath, [program, ...args], { cwd: root })).stdout.trim();
  const inOrder = queue();
  const accuracies = new Map();
  let done = 0;

  return {
    async run({ id, parent, description, change }) {
      const node = ["--id", id, "--desc", description, "--cmd", "node train.mjs", "--worktree"];
      await inOrder(() => cli("add", ...node, ...(parent ? ["--parent", parent] : [])));
      const worktree = await cli("worktree", "--id", id, "--path");
      await edit(worktree, change, description);
      await cli("update", "--id", id, "--status", "running");
      const { val_accuracy, val_loss, params } = await runNode(worktree, ["train.mjs"]);
      const objective = { primary_metric: "val_accuracy", primary_value: val_accuracy, direction: "maximize" };
      await cli("update", "--id", id, "--results", JSON.stringify({ ...objective, metrics: { val_loss, params } }));
      await cli("sync", "--id", id);
      accuracies.set(id, val_accuracy);
      report(++done, { id, parent, description, accuracy: val_accuracy, before: accuracies.get(parent) });
      return { accuracy: val_accuracy };
    },

    async prune(id, reason) {
      console.log(`        ${await cli("prune", "--id", id, "--reason", reason, "--remove-worktree")}`);
    },
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

async function edit(worktree, change, description) {
  const config = applyChange(await readConfig(worktree), change);
  await writeFile(join(worktree, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await execute("git", ["commit", "--quiet", "--all", "--allow-empty", `--message=${description}`], { cwd: worktree });
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
