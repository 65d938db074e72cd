// Runs commands in a clean environment, interleaved, and compares them by their medians.
import { spawn, spawnSync } from "node:child_process";

/** A bundle of certificates alone triples the start of Node; caches and coverage would measure something else. */
const strange = ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_COMPILE_CACHE", "NODE_V8_COVERAGE", "FORCE_COLOR"];
export const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !strange.includes(name)));

/** Milliseconds of one run. Throws when it fails. */
export function time([command, ...args], options = {}) {
  const start = process.hrtime.bigint();
  const { status, stderr, error } = spawnSync(command, args, {
    ...options,
    env: { ...env, ...options.env },
    maxBuffer: 1e9,
  });
  const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
  if (error || status !== 0) throw error ?? new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return milliseconds;
}

/** Calls at the same time, a few at once. Returns the milliseconds of all. */
export async function timeAll(calls, atOnce, options) {
  const queue = [...calls];
  const start = process.hrtime.bigint();
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [command, ...args] = next;
      const child = spawn(command, args, { ...options, env, stdio: "ignore" });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      if (code !== 0) throw new Error(`${next.join(" ")} ended with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Says on standard error how much memory the process had at most, when it ends. */
const tell =
  'data:text/javascript,import fs from "node:fs";process.on("exit",()=>fs.writeSync(2,"\\n"+process.resourceUsage().maxRSS))';

/** Megabytes that a Node program took at most. */
export function memory(node, args, options) {
  const { stderr } = spawnSync(node, ["--import", tell, ...args], {
    ...options,
    env,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  return Number(stderr.trim().split("\n").at(-1)) / 1024;
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Works between two looks at what they are compared with: what ran before leaves its traces. */
const between = 5;

/**
 * Medians of each work, in milliseconds; every round does each of them once, and `reference` again and again among them,
 * so that what slows a while down slows both. The works, and the reference, are functions.
 */
export function interleave(works, rounds, reference) {
  const times = works.map(() => []);
  const references = [];
  for (let round = 0; round < rounds; round++)
    for (const [i, work] of works.entries()) {
      if (i % between === 0) references.push(reference());
      times[i].push(work());
    }
  return { medians: times.map(median), reference: median(references) };
}
