import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { program, runCommand, runProgram } from "../run-program.ts";
import { tempFolder } from "../temp-repository.ts";
import { crashCases, freshRepository, grownRepository } from "./crash-cases.ts";
import { faultsOf, type Prepared, prepare, strike, type Verdict } from "./crash-check.ts";
import { type Fault, inParallel } from "./fault-runs.ts";
import { fillDisk, mountProbe, mountSmallDisk } from "./full-disk.ts";
import { hasTool, mayUse } from "./machine.ts";
import { campaign, isLong, patience, report, size } from "./proof.ts";
import { findLeftovers } from "./repository-state.ts";
import { buildVariant, without } from "./variant.ts";

const anchor = "crashes";
const width = Math.max(2, Math.min(4, availableParallelism() - 1));
/** Milliseconds after which a git is killed: it is at another step each time. */
const delays = isLong ? [1, 3, 8] : [3];
/** Of so many faults one is put in: in the long run all of them. */
const step = size({ ci: 1_000, long: 1 });
/** So many of each kind at the least. */
const fewest = 3;

interface Strike {
  readonly prepared: Prepared;
  readonly fault: Fault;
  readonly index: number;
}

/** All faults in all cases; in CI some of every kind, evenly spread over the calls of all commands. */
async function chooseStrikes(): Promise<readonly Strike[]> {
  const origins = { fresh: freshRepository().root, grown: grownRepository().root };
  const cases = await inParallel(crashCases, width, (each) =>
    prepare(each, each.isFirst ? origins.fresh : origins.grown),
  );
  const all = cases.flatMap((prepared) => faultsOf(prepared, delays).map((fault) => ({ prepared, fault })));
  const chosen = everyKind.flatMap((kind) => {
    const strikes = all.filter(({ fault }) => fault.kind === kind);
    const stride = Math.max(1, Math.min(step, Math.floor(strikes.length / fewest)));
    return strikes.filter((_, i) => i % stride === stride >> 1);
  });
  // A step as wide as CI's passes over a file that few commands write: half of each is written at the least.
  const halves = new Map(
    all.filter(({ fault }) => fault.kind === "kill half").map((each) => [writtenFile(each), each] as const),
  );
  return [...new Set([...chosen, ...halves.values()])].map((each, index) => ({ ...each, index }));
}

/** The file that a call writes, without what is another one in every run. */
function writtenFile({ prepared, fault }: Omit<Strike, "index">): string {
  const on = prepared.calls.find(({ call }) => call === fault.call)?.on ?? "";
  return on.replace(/\.\d+~.*/, "").replace(/\.[a-z0-9]{12}(?=\/)/, "");
}

const isBad = ({ isCorrupt, isLost, problems }: Verdict) => isCorrupt || isLost || problems.length > 0;

function complain({ crashCase, fault, isCorrupt, isLost, problems, ran }: Verdict): string {
  const what = [...(isCorrupt ? ["corrupt"] : []), ...(isLost ? ["lost"] : []), ...problems].join("\n  ");
  return `${crashCase}, ${fault.kind} at call ${fault.call} (${fault.on}), exit ${ran.code}: ${what}`;
}

describe("a crash or a fault of the machine", () => {
  it(
    "leaves the old or the new file, and the next command works with no help, whichever call it strikes",
    async () => {
      const strikes = await chooseStrikes();
      const sums = { faults: 0, struck: 0, corrupt: 0, lost: 0, wrong: 0, gitKills: 0, gitLocks: 0 };
      const complaints: string[] = [];
      const kinds = new Set<string>();
      await campaign("crashes-exhaustive", { rounds: strikes.length, each: 200 }, async (first, count) => {
        const verdicts = await inParallel(strikes.slice(first, first + count), width, ({ prepared, fault, index }) =>
          strike(prepared, fault, index),
        );
        // Told at once, too: the long run takes an hour, and may be cut off.
        const bad = verdicts.filter(isBad).map(complain);
        for (const complaint of bad) process.stderr.write(`${complaint}\n`);
        complaints.push(...bad);
        for (const { fault } of verdicts) kinds.add(fault.kind);
        return {
          faults: verdicts.length,
          struck: verdicts.filter(({ isStruck }) => isStruck).length,
          corrupt: verdicts.filter(({ isCorrupt }) => isCorrupt).length,
          lost: verdicts.filter(({ isLost }) => isLost).length,
          wrong: verdicts.filter(({ problems }) => problems.length > 0).length,
          gitKills: verdicts.filter(({ fault }) => fault.kind.endsWith(" killed")).length,
          gitLocks: verdicts.filter(({ isGitLocked }) => isGitLocked).length,
        };
      }).then((counted) => Object.assign(sums, counted));
      report({
        promise:
          "Whichever call fails or is the last one, the file is the old or the new one, and the next command works",
        anchor,
        figure: `${sums.struck} of ${sums.faults} faults struck, at every call of ${crashCases.length} commands: ${sums.corrupt} corrupt, ${sums.lost} lost, ${sums.wrong} not recovered; ${sums.gitLocks} of ${sums.gitKills} killed gits left locks of their own, which the next command named`,
      });
      expect(complaints.join("\n\n")).toBe("");
      expect(sums).toMatchObject({ corrupt: 0, lost: 0, wrong: 0 });
      // The calls of two runs are the same, but for who has to look twice at a lock.
      expect(sums.struck).toBeGreaterThanOrEqual(sums.faults * 0.99);
      // One git in many can be killed in the moment in which it holds a lock.
      expect(sums.gitLocks).toBeLessThanOrEqual(Math.max(5, sums.gitKills * 0.2));
      if (!isLong) expect([...kinds].sort()).toEqual(everyKind);
    },
    patience,
  );

  it(
    "control: with a writer that is not atomic, the same check finds torn files",
    async () => {
      // It writes into the file that it has read: looking back, it would take its own text for another program's.
      const substitutes = { ...without.atomicWrite, ...without.lookBack };
      const entry = await buildVariant("naive-writer", { substitutes });
      const update = crashCases.find(({ name }) => name === "update");
      if (!update) throw new Error("no such case");
      const prepared = await prepare(update, grownRepository().root, entry);
      const writes = prepared.calls.filter(({ name, on }) => name.startsWith("write") && on === "ITERATION_TREE.yaml");
      const faults = writes.flatMap(({ call }) => ["kill half", "full"].map((kind) => ({ call, kind })));
      const verdicts = await inParallel(faults, width, (fault, index) => strike(prepared, fault, index, entry));
      expect(faults).not.toEqual([]);
      expect(verdicts.filter(({ isCorrupt }) => !isCorrupt)).toEqual([]);
    },
    patience,
  );
});

const hasStrace = hasTool("strace", "strace", "-o", "/dev/null", "true");
const mayMount = mayUse("the right to mount a tmpfs (root)", "sh", "-c", mountProbe);

describe("the disk", () => {
  it.skipIf(!hasStrace)("has the new text before it has the new name, and both before the command has said so", () => {
    const { root } = grownRepository();
    const trace = join(tempFolder(), "trace");
    const watched = ["-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,write"];
    const call = [process.execPath, program, "update", "--id", "plain", "--status", "running"];
    expect(runCommand("strace", [...watched, ...call], { cwd: root }).code).toBe(0);
    const steps = readFileSync(trace, "utf8")
      .split("\n")
      .flatMap((line) => {
        if (/ fsync\(\d+<[^>]*\/\.ITERATION_TREE\.yaml\.[^>]*\.tmp>\)/.test(line)) return ["fsync of the text"];
        if (/ rename\w*\(.*ITERATION_TREE\.yaml"/.test(line)) return ["rename"];
        if (line.includes(` fsync(`) && line.includes(`<${root}>`)) return ["fsync of the folder"];
        return line.includes("Updated") ? ["answer"] : [];
      });
    expect(steps).toEqual(["fsync of the text", "rename", "fsync of the folder", "answer"]);
    report({ promise: "Exit 0 means on disk", anchor, figure: `strace: ${steps.join(", ")}` });
  });

  it.skipIf(!mayMount)("is full: every command says so and leaves the file as it was; with room again it works", () => {
    const folder = join(tempFolder(), "disk");
    mountSmallDisk(folder, 24);
    const { root, treeFile } = grownRepository(folder);
    const before = readFileSync(treeFile);
    const makeRoom = fillDisk(root);
    // What takes a node or its worktree away is last, since the others need it; removing a worktree needs no room.
    const takesAway = ({ name }: { readonly name: string }) => Number(/^delete|remove/.test(name));
    const refused = crashCases
      .filter(({ isFirst, name }) => !isFirst && name !== "worktree --remove")
      .toSorted((a, b) => takesAway(a) - takesAway(b));
    for (const { args } of refused) {
      const { code, stderr } = runProgram(args, { cwd: root });
      // git does not always say why it could not write.
      const said = code === 6 ? /no space left|could ?n[o']t write|unable to write/i : /no space left/i;
      expect(stderr, args.join(" ")).toMatch(said);
      expect([4, 6], args.join(" ")).toContain(code);
      expect(readFileSync(treeFile).equals(before), args.join(" ")).toBe(true);
    }
    makeRoom();
    for (const { args, spent = 0 } of refused) {
      const { code, stderr } = runProgram(args, { cwd: root });
      expect([0, spent], `${args.join(" ")}: ${stderr}`).toContain(code);
    }
    expect(findLeftovers(root)).toEqual([]);
    report({
      promise: "A full disk loses nothing",
      anchor,
      figure: `${refused.length} commands on a full tmpfs: file unchanged`,
    });
  });

  it.skipIf(!mayMount)("is full only where locks are kept: the command says so and leaves the file as it was", () => {
    const { root, treeFile } = grownRepository();
    const state = join(root, ".git/tree-autoresearch");
    mountSmallDisk(state, 1);
    const makeRoom = fillDisk(state);
    const before = readFileSync(treeFile);
    const call = ["update", "--id", "plain", "--status", "running"];
    const { code, stderr } = runProgram(call, { cwd: root });
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringMatching(/no space left/i) });
    expect(readFileSync(treeFile).equals(before)).toBe(true);
    makeRoom();
    expect(runProgram(call, { cwd: root }).code).toBe(0);
  });
});

/** What can happen to a call of the file system or to a git. */
const everyKind = [
  ...["absent", "both killed", "error", "full", "git killed", "kill after", "kill before", "kill half", "kill while"],
  ...["late", "short"],
];
