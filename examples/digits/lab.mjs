// Where experiments run: in temporary copies of the project, or in the worktrees of a tree.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { prepareDigits } from "./prepare.mjs";
import { applyChange } from "./search.mjs";

const execute = promisify(execFile);
const PROCESSES = Math.min(2, availableParallelism());

/** Copies the project to `folder`, with its digits. Resolves to the baseline's config. */
export async function copyProject(folder) {
  await cp(fileURLToPath(new URL("project", import.meta.url)), folder, { recursive: true });
  prepareDigits(join(folder, "validation", "digits.bin"));
  return readConfig(folder);
}

export async function readConfig(folder) {
  return JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
}

export async function writeSeed(folder, config) {
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(join(folder, "validation", "split.json"), `{ "seed": ${config.seed} }\n`);
}

/** Calls `work` with a project `{ folder, template, config, limit }` in a temporary folder, which it removes at the end. */
export async function withProject(work) {
  const folder = await mkdtemp(join(tmpdir(), "digits-"));
  try {
    const template = join(folder, "project");
    return await work({ folder, template, config: await copyProject(template), limit: limitTo(PROCESSES) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A lab without a tree: every run is made in a copy of its own. `test` reads the held-out digits. */
export function plainLab(project, seed) {
  const configs = new Map();
  return {
    async run({ id, parent, change }) {
      configs.set(id, applyChange(configs.get(parent) ?? { ...project.config, seed }, change));
      const { val_accuracy } = await runInCopy(project, configs.get(id), ["train.mjs"]);
      return { accuracy: val_accuracy };
    },
    prune() {},
    test: async (id) => {
      const { test_accuracy } = await runInCopy(project, configs.get(id), ["validation/evaluate.mjs", "--test"]);
      return test_accuracy;
    },
    /** epochs trained in all runs */
    epochs: () => [...configs.values()].reduce((sum, { epochs }) => sum + epochs, 0),
  };
}

function runInCopy({ folder, template, limit }, config, command) {
  return limit(async () => {
    const copy = await mkdtemp(join(folder, "run-"));
    await cp(template, copy, { recursive: true });
    await writeSeed(copy, config);
    const metrics = await runNode(copy, command);
    await rm(copy, { recursive: true });
    return metrics;
  });
}

/** Runs a script of the project and resolves to the numbers that it prints, as `name: value` lines. */
export async function runNode(cwd, command) {
  const { stdout } = await execute(process.execPath, command, { cwd });
  return Object.fromEntries([...stdout.matchAll(/^(\w+): (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

/** Returns a function that runs tasks in the order given, at most `count` at a time. */
function limitTo(count) {
  const waiting = [];
  let running = 0;
  const next = () => {
    if (running >= count || waiting.length === 0) return;
    running++;
    waiting.shift()();
  };
  return async (task) => {
    await new Promise((start) => {
      waiting.push(start);
      next();
    });
    try {
      return await task();
    } finally {
      running--;
      next();
    }
  };
}
