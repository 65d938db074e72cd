import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRecord } from "../../src/runner/exit-record.ts";
import { primaryOf } from "../../src/tree/results.ts";
import { type Experiments, experiments, processesOf, until } from "../program/experiments.ts";
import { call } from "./call.ts";
import { campaign, patience, report, size, type Tally } from "./proof.ts";
import { type Random, randomFrom } from "./random.ts";
import { buildVariant, without } from "./variant.ts";

/*
 * A run is killed at a random moment: whoever asked for it, its supervisor, or both. Then comes any other change. No node
 * stays running, nothing runs on, and what is recorded is what was measured, whenever it was measured at all.
 */

const main = join(import.meta.dirname, "../../bin/tree-autoresearch.js");

/** The experiment says in a file of its own that it came to its end: what is recorded must follow from that alone. */
function experimentFor(random: Random, mark: string) {
  const value = random.int(1, 9_999) / 10_000;
  const seconds = random.pick([0, 0.1, 0.3, 0.6, 1]);
  return { value, seconds, command: `sleep ${seconds}; echo METRIC accuracy=${value}; : ${mark}` };
}

interface Round {
  readonly tally: Tally;
  readonly complaints: readonly string[];
}

async function killOnce(program: string, seed: number): Promise<Round> {
  const random = randomFrom(seed + 1);
  const lab = experiments();
  const mark = `round-${process.pid}-${seed}`;
  const { command, value, seconds } = experimentFor(random, mark);
  lab.add("other", "true");
  lab.add("a", command, "--worktree");
  const supervisors = () => processesOf(`supervise.js ${lab.state}`);
  const running = call(program, ["run", "--id", "a"], lab.root);
  // From before it begins until it is recorded, on a machine of middling speed.
  await new Promise((resolve) => setTimeout(resolve, random.int(100, 350 + 1_000 * seconds)));
  const who = random.pick(["caller", "supervisor", "both"] as const);
  // Other tests may run the same at the same time.
  const callers = processesOf(`${program} run --id a`).filter((pid) => folderOf(pid) === lab.root);
  const killed = [...(who === "supervisor" ? [] : callers), ...(who === "caller" ? [] : supervisors())];
  for (const pid of killed) tryToKill(pid);
  const { code } = await running;
  if (who === "caller") await until(() => supervisors().length === 0);
  const next = await call(program, ["update", "--id", "other", "--note", "next"], lab.root);
  return judge(lab, { value, mark, killed: killed.length, who, code, next: next.code, stderr: next.stderr });
}

function folderOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function tryToKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}

interface Facts {
  readonly value: number;
  readonly mark: string;
  readonly killed: number;
  readonly who: string;
  readonly code: number | null;
  readonly next: number | null;
  readonly stderr: string;
}

function judge(lab: Experiments, facts: Facts): Round {
  const node = lab.node("a");
  const record = findRecord(join(lab.state, "runs/a/1"));
  const recorded = node.results ? primaryOf(node.results).value : undefined;
  const hasMeasured = record?.cause === "exited" && record.code === 0;
  const faults = {
    running: node.status === "running" ? 1 : 0,
    survivors: processesOf(facts.mark).length,
    lost: hasMeasured && recorded === undefined ? 1 : 0,
    invented: recorded !== undefined && !(hasMeasured && recorded === facts.value) ? 1 : 0,
    failed: facts.next === 0 ? 0 : 1,
  };
  const isWrong = Object.values(faults).some((count) => count > 0);
  const log = isWrong ? `${JSON.stringify({ ...facts, faults, node, record })}\n${tryToRead(lab)}` : "";
  return {
    tally: { kills: facts.killed > 0 ? 1 : 0, completed: node.status === "completed" ? 1 : 0, ...faults },
    complaints: isWrong ? [log] : [],
  };
}

function tryToRead(lab: Experiments): string {
  try {
    return readFileSync(join(lab.state, "runs/a/1/supervisor.log"), "utf8");
  } catch {
    return "";
  }
}

async function killRounds(program: string, first: number, count: number): Promise<Round> {
  const rounds: Round[] = [];
  for (let i = 0; i < count; i++) rounds.push(await killOnce(program, first + i));
  const names = Object.keys(rounds[0]?.tally ?? {});
  const sum = (name: string) => rounds.reduce((total, { tally }) => total + (tally[name] ?? 0), 0);
  return {
    tally: Object.fromEntries(names.map((name) => [name, sum(name)])),
    complaints: rounds.flatMap(({ complaints }) => complaints),
  };
}

describe("a run that is killed", () => {
  it(
    "leaves no node running, no process, and no result lost or invented",
    async () => {
      const complaints: string[] = [];
      const rounds = size({ ci: 20, long: 620 });
      const sums = await campaign("runner-kills", { rounds, each: 20 }, async (first, count) => {
        const { tally, complaints: told } = await killRounds(main, first, count);
        complaints.push(...told);
        return tally;
      });
      report({
        promise: "A run that is killed leaves nothing running, and no result lost or invented",
        anchor: "runner-kills",
        figure: `${rounds} runs, ${sums["kills"]} killed, ${sums["completed"]} completed all the same: ${sums["running"]} still running, ${sums["survivors"]} processes left, ${sums["lost"]} results lost, ${sums["invented"]} invented`,
      });
      expect(complaints.join("\n\n")).toBe("");
      expect(sums).toMatchObject({ running: 0, survivors: 0, lost: 0, invented: 0, failed: 0 });
      expect(sums["kills"]).toBeGreaterThan(rounds / 4);
    },
    patience,
  );

  it(
    "stays running where nobody looks after it: the control",
    async () => {
      const program = await buildVariant("unsettled", { substitutes: without.settling });
      const { tally } = await killRounds(program, 0, 10);
      expect(tally["running"]).toBeGreaterThan(0);
    },
    patience,
  );

  it(
    "leaves its processes where only the supervisor would have ended them: the control",
    async () => {
      const program = await buildVariant("orphans", { substitutes: without.orphans });
      const lab = experiments();
      const mark = `sleep ${2_000_000 + process.pid}`;
      lab.add("a", mark);
      const running = call(program, ["run", "--id", "a"], lab.root);
      await until(() => processesOf(mark).length > 0);
      for (const pid of [...processesOf(`${program} run`), ...processesOf(`supervise.js ${lab.state}`)]) tryToKill(pid);
      await running;
      expect((await call(program, ["update", "--id", "a", "--note", "x"], lab.root)).code).toBe(0);
      const left = processesOf(mark);
      left.forEach(tryToKill);
      expect(left.length).toBeGreaterThan(0);
    },
    patience,
  );
});
