import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readTree } from "../../src/store/read-tree.ts";
import { program, runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { call } from "./call.ts";
import { campaign, isLong, patience, report, size, type Tally } from "./proof.ts";
import { buildVariant, without } from "./variant.ts";
import { argsOf, changesOf, missing, shared, type Wanted } from "./writer-changes.ts";

const writers = 16;
const changesEach = 25;

interface Round {
  readonly acknowledged: readonly Wanted[];
  readonly failures: readonly string[];
  /** Acknowledged changes that are not in the file at the end. */
  readonly lost: number;
  readonly reads: number;
  /** Reads that found something else than a valid tree. */
  readonly torn: number;
  /** Reads that missed what had been acknowledged before they began. */
  readonly stale: number;
  readonly mean: number;
  readonly slowest: number;
}

/** Lets the writers run, and reads the file all the while. A writer tells `note` what became of each change. */
async function run(
  treeFile: string,
  write: (writer: number, note: (wanted: Wanted, milliseconds: number, failure?: string) => void) => Promise<void>,
): Promise<Round> {
  const acknowledged: Wanted[] = [];
  const failures: string[] = [];
  const times: number[] = [];
  let isOver = false;
  const all = Array.from({ length: writers }, (_, writer) =>
    write(writer, (wanted, milliseconds, failure) => {
      times.push(milliseconds);
      if (failure === undefined) acknowledged.push(wanted);
      else failures.push(failure);
    }),
  );
  const over = Promise.all(all).finally(() => {
    isOver = true;
  });
  const seen = { reads: 0, torn: 0, stale: 0 };
  while (!isOver) {
    const known = [...acknowledged];
    const absent = look(treeFile, known);
    seen.reads++;
    if (absent === undefined) seen.torn++;
    else if (absent > 0) seen.stale++;
    await sleep(50);
  }
  await over;
  const lost = look(treeFile, acknowledged) ?? acknowledged.length;
  const mean = times.reduce((a, b) => a + b, 0) / times.length;
  return { acknowledged, failures, lost, ...seen, mean, slowest: Math.max(...times) };
}

/** How many of the changes are not in the file; undefined when it is no valid tree. */
function look(treeFile: string, changes: readonly Wanted[]): number | undefined {
  try {
    return missing(readTree(readFileSync(treeFile, "utf8"), "ITERATION_TREE.yaml").tree, changes).length;
  } catch {
    return undefined;
  }
}

/** Every change is a process of its own. */
function byProgram(executable: string, count: number): Promise<Round> {
  const { root, treeFile } = tempRepository();
  const added = runProgram(["add", "--id", shared, "--desc", "all hang here", "--cmd", "true"], { cwd: root });
  expect(added).toMatchObject({ code: 0 });
  return run(treeFile, async (writer, note) => {
    for (const wanted of changesOf(writer, count)) {
      const { code, stderr, milliseconds } = await call(executable, argsOf(wanted), root);
      note(wanted, milliseconds, code === 0 ? undefined : stderr);
    }
  });
}

/** Every writer is one process that changes the tree in a loop, so that the start of Node does not hide the lock. */
async function byLibrary(worker: string, count: number): Promise<Round> {
  const folder = tempFolder();
  const treeFile = join(folder, "ITERATION_TREE.yaml");
  mkdirSync(join(folder, "state"));
  writeFileSync(treeFile, `version: 1\nnodes:\n  - node_id: ${shared}\n`);
  const children = Array.from({ length: writers }, (_, writer) =>
    fork(worker, [folder, `${writer}`, `${count}`], { execArgv: [] }),
  );
  await Promise.all(children.map((child) => once(child, "message")));
  return run(treeFile, async (writer, note) => {
    const child = children[writer] as (typeof children)[number];
    child.on(
      "message",
      ({ done, milliseconds = 0, failed }: { done: Wanted; milliseconds?: number; failed?: string }) =>
        note(done, milliseconds, failed),
    );
    const exit = once(child, "exit");
    child.send("go");
    expect(await exit).toEqual([0, null]);
  });
}

/** Sums for `campaign`; the ratio is kept as the name of a count, so that the worst one outlives a run that was cut off. */
function tally({ acknowledged, lost, reads, torn, stale, mean, slowest }: Round): Tally {
  return {
    ...{ acknowledged: acknowledged.length, lost, reads, torn, stale },
    [`ratio ${(slowest / mean).toFixed(1)}`]: 1,
  };
}

function worstRatio(sums: Tally): number {
  return Math.max(...Object.keys(sums).map((name) => Number(/^ratio (.*)/.exec(name)?.[1] ?? 0)));
}

describe("16 processes that change one tree at once", () => {
  it.each([
    {
      by: "the program",
      name: "writers-program",
      rounds: size({ ci: 1, long: 20 }),
      round: () => byProgram(program, changesEach),
    },
    {
      by: "the library",
      name: "writers-library",
      rounds: size({ ci: 1, long: 5 }),
      round: async () =>
        byLibrary(await buildVariant("writer", { entry: "test/proofs/writer-worker.ts" }), changesEach),
    },
  ])(
    "lose nothing through $by, and no reader sees a torn file",
    async ({ by, name, rounds, round }) => {
      const sums = await campaign(name, { rounds, each: 1 }, async () => {
        const done = await round();
        expect(done.failures).toEqual([]);
        expect(done.acknowledged).toHaveLength(writers * changesEach);
        expect(done).toMatchObject({ lost: 0, torn: 0, stale: 0 });
        return tally(done);
      });
      report({
        promise: `${writers} processes × ${changesEach} changes at once through ${by}: none is lost, no reader sees a torn file`,
        anchor: "writers",
        figure: `${sums["lost"]} of ${sums["acknowledged"]} changes lost, ${sums["torn"]} of ${sums["reads"]} reads torn`,
      });
      report({
        promise: `No writer starves: the slowest call through ${by} against the mean of its round (goal 5 ×)`,
        anchor: "writers",
        figure: `${worstRatio(sums)} × in the worst of ${rounds} rounds`,
      });
    },
    patience,
  );

  it("control: lose changes when neither lock nor last look protects them", async () => {
    const substitutes = { ...without.lock, ...without.lastLook };
    const { acknowledged, lost } = await byProgram(await buildVariant("no-lock-no-look", { substitutes }), 2);
    expect(lost).toBeGreaterThan(0);
    report({
      promise: "Control: without the lock and the last look before the file is replaced, changes are lost",
      anchor: "writers",
      figure: `${lost} of ${acknowledged.length}`,
    });
  });

  it.runIf(isLong)(
    "control: lose changes without the lock alone, although each looks once more before it replaces the file",
    async () => {
      const options = { entry: "test/proofs/writer-worker.ts", substitutes: without.lock };
      const worker = await buildVariant("writer-no-lock", options);
      const sums = { lost: 0, acknowledged: 0, failures: 0 };
      for (let round = 0; round < 5 && sums.lost === 0; round++) {
        const { lost, acknowledged, failures } = await byLibrary(worker, changesEach);
        sums.lost += lost;
        sums.acknowledged += acknowledged.length;
        sums.failures += failures.length;
      }
      expect(sums.lost).toBeGreaterThan(0);
      report({
        promise: `Control: ${writers} processes × ${changesEach} changes without the lock alone`,
        anchor: "writers",
        figure: `${sums.lost} of ${sums.acknowledged} acknowledged changes lost; ${sums.failures} given up after 50 tries`,
      });
    },
    patience,
  );

  it("control: show torn files to a reader when the file is written in place", async () => {
    const options = { entry: "test/proofs/writer-worker.ts", substitutes: without.atomicWrite };
    const worker = await buildVariant("writer-in-place", options);
    let torn = 0;
    let reads = 0;
    for (let round = 0; round < 10 && torn === 0; round++) {
      const done = await byLibrary(worker, 4);
      torn += done.torn;
      reads += done.reads;
    }
    expect(torn).toBeGreaterThan(0);
    report({
      promise: "Control: written in place, the file is torn",
      anchor: "writers",
      figure: `${torn} of ${reads} reads`,
    });
  });
});
