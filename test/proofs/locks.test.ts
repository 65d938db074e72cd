import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { withLock } from "../../src/system/lock.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { program, runCommand } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { mayUse } from "./machine.ts";
import { campaign, patience, report, size, type Tally } from "./proof.ts";
import { buildVariant } from "./variant.ts";

let stealer: string;
let worker: string;
beforeAll(async () => {
  stealer = await buildVariant("steal", { entry: "test/proofs/steal-worker.ts" });
  worker = await buildVariant("lock", { entry: "test/system/lock-worker.ts" });
});

const processes = 8;

/** Several processes, each of which takes the lock `count` times from a dead holder. */
async function steal(mode: "owner-file" | "naive", count: number): Promise<Tally> {
  const folder = tempFolder();
  const children = Array.from({ length: processes }, () => fork(stealer, [folder, mode, `${count}`], { execArgv: [] }));
  const answers = await Promise.all(children.map(async (child) => (await once(child, "message"))[0] as Tally));
  await Promise.all(children.map((child) => child.exitCode ?? once(child, "exit")));
  const sum = (name: string) => answers.reduce((total, answer) => total + (answer[name] ?? 0), 0);
  return { grants: sum("grants"), doubles: sum("doubles") };
}

/** A process that holds `FOLDER/counter.lock` until it is killed. */
async function startHolder(folder: string): Promise<ChildProcess> {
  const holder = fork(worker, [folder, "hold", "0"], { execArgv: [] });
  await once(holder, "message");
  return holder;
}

const tryOnce = { purpose: "next", patience: 0 };

describe("a lock whose holder died", () => {
  it(
    "is taken over by one process only, however many try",
    async () => {
      const count = size({ ci: 60, long: 10_000 });
      const sums = await campaign("locks-steals", { rounds: count, each: 250 }, (_, each) => steal("owner-file", each));
      expect(sums).toEqual({ grants: processes * count, doubles: 0 });
      report({
        promise: `A dead holder's lock is never granted twice: ${processes} processes × ${count} steals`,
        anchor: "locks",
        figure: `${sums["doubles"]} double grants in ${sums["grants"]} steals`,
      });
    },
    patience,
  );

  it(
    "control: is granted twice by a lock file that is unlinked when its owner is dead",
    async () => {
      let sums: Tally = { doubles: 0, grants: 0 };
      for (let round = 0; round < 20 && sums["doubles"] === 0; round++) sums = await steal("naive", 250);
      expect(sums["doubles"]).toBeGreaterThan(0);
      report({
        promise: 'Control: a lock file with "dead, so unlink" is granted twice',
        anchor: "locks",
        figure: `${sums["doubles"]} double grants in ${sums["grants"]} steals`,
      });
    },
    patience,
  );

  it(
    "is free for the next one after a SIGKILL, every time",
    async () => {
      const kills = size({ ci: 10, long: 500 });
      const folder = tempFolder();
      for (let round = 0; round < kills; round++) {
        const holder = await startHolder(folder);
        holder.kill("SIGKILL");
        await once(holder, "exit");
        expect(await withLock(join(folder, "counter.lock"), tryOnce, () => readdirSync(folder))).toEqual([
          "counter.lock",
        ]);
      }
      expect(readdirSync(folder)).toEqual([]);
      report({
        promise: "The lock of a holder that was killed is free at the next try",
        anchor: "locks",
        figure: `${kills} of ${kills} kills`,
      });
    },
    patience,
  );

  it.runIf(process.platform === "linux")(
    "is free although nobody has asked yet what became of the dead one",
    async () => {
      const folder = tempFolder();
      // The shell becomes a program that never asks what became of its children: a killed one stays a zombie.
      const script = `"$0" "$1" "$2" hold 0 & echo $!; exec sleep 600`;
      const parent = spawn("sh", ["-c", script, process.execPath, worker, folder], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      try {
        const pid = Number(String((await once(parent.stdout, "data"))[0]));
        while (readdirSync(folder).every((name) => name !== "counter.lock")) await sleep(5);
        process.kill(pid, "SIGKILL");
        expect(await withLock(join(folder, "counter.lock"), { purpose: "next", patience: 5_000 }, () => "mine")).toBe(
          "mine",
        );
      } finally {
        parent.kill("SIGKILL");
      }
    },
  );

  it.runIf(ownIdentity().start !== "")("is free when another process has the holder's pid now", async () => {
    const path = join(tempFolder(), "a.lock");
    const { pid, start, host } = ownIdentity();
    mkdirSync(path);
    writeFileSync(join(path, `${pid}~${Number(start) - 1}~${host}~old`), "{}");
    expect(await withLock(path, tryOnce, () => readdirSync(path).length)).toBe(1);
    mkdirSync(path);
    writeFileSync(join(path, `${pid}~${start}~${host}~own`), "{}");
    await expect(withLock(path, tryOnce, () => 0)).rejects.toMatchObject({ code: "locked", exitCode: 4 });
  });
});

describe("one that waits first in line, and does not use its turn", () => {
  const isPatient = { purpose: "next", patience: 30_000 };

  it("is passed by when it is stopped", async () => {
    const folder = tempFolder();
    const path = join(folder, "counter.lock");
    const holder = await startHolder(folder);
    const stopped = fork(worker, [folder, "hold", "0"], { execArgv: [] });
    try {
      while (readdirSync(folder).length < 2) await sleep(5);
      stopped.kill("SIGSTOP");
      holder.kill("SIGKILL");
      await once(holder, "exit");
      expect(await withLock(path, isPatient, () => "mine")).toBe("mine");
    } finally {
      stopped.kill("SIGKILL");
      await once(stopped, "exit");
    }
    expect(await withLock(path, tryOnce, () => readdirSync(folder))).toEqual(["counter.lock"]);
  });

  it("is passed by when it waits on another host, perhaps one that went down", async () => {
    const folder = tempFolder();
    const elsewhere = "a.lock.1~1~elsewhere,boot,1~0";
    mkdirSync(join(folder, elsewhere));
    expect(await withLock(join(folder, "a.lock"), isPatient, () => "mine")).toBe("mine");
    expect(readdirSync(folder)).toEqual([elsewhere]);
  });
});

const apart = ["--pid", "--fork", "--kill-child", "--mount-proc"];
const mayUnshare = mayUse("the right to make a pid namespace (unshare)", "unshare", ...apart, "true");

describe("a holder that cannot be judged", () => {
  it.each([
    ["another host", (host: string) => host.replace(/^[^,]*/, "elsewhere")],
    ["another machine of the same name", (host: string) => host.replace(/,.*,/, ",other,before,")],
    ["another boot, where machines have no id", (host: string) => host.replace(/,.*,/, ",,before,")],
    ["another pid namespace", (host: string) => host.replace(/[^,]*$/, "1")],
  ])("is waited for, then named: one of %s, whose pid nobody has here", async (_, change) => {
    const path = join(tempFolder(), "a.lock");
    const { host } = ownIdentity();
    mkdirSync(path);
    const owner = `${2 ** 22 + 1}~1~${change(host)}~abc`;
    writeFileSync(join(path, owner), JSON.stringify({ purpose: "train" }));
    await expect(withLock(path, { purpose: "next", patience: 50 }, () => 0)).rejects.toMatchObject({
      ...{ code: "locked", exitCode: 4 },
      message: expect.stringMatching(/^Locked by process \d+ on [^ ]+ \(train\) for \d+ s$/),
      hint: "Wait for it. When it is certainly gone: tree-autoresearch doctor --unlock abc",
    });
    expect(readdirSync(path)).toEqual([owner]);
  });

  it.skipIf(!mayUnshare)("is waited for: a living one in a real pid namespace of its own", async () => {
    const folder = tempFolder();
    const path = join(folder, "counter.lock");
    const holder = spawn("unshare", [...apart, process.execPath, worker, folder, "hold", "0"], { stdio: "ignore" });
    try {
      while (readdirSync(folder).every((name) => name !== "counter.lock")) await sleep(5);
      const [owner = ""] = readdirSync(path);
      // Its pid there is some other process's here: nothing may be concluded from that.
      expect(owner).toMatch(/^1~/);
      await expect(withLock(path, { purpose: "next", patience: 50 }, () => 0)).rejects.toMatchObject({
        message: expect.stringMatching(/^Locked by process 1 on .* \(count\) for \d+ s$/),
      });
      expect(readdirSync(path)).toEqual([owner]);
    } finally {
      holder.kill("SIGKILL");
      await once(holder, "exit");
    }
    // Nobody here can tell that it is gone: a person has to.
    await expect(withLock(path, tryOnce, () => 0)).rejects.toMatchObject({ code: "locked" });
  });

  it("is named by the program, with exit code 4 and the call that frees the lock, which does", async () => {
    const hasty = await buildVariant("hasty", {
      substitutes: {
        "store/save-text.ts": (source) => source.replace("lockPatience = 30_000", "lockPatience = 300"),
      },
    });
    const { root } = tempRepository();
    const run = (executable: string, ...args: readonly string[]) =>
      runCommand(process.execPath, [executable, ...args], { cwd: root });
    expect(run(program, "add", "--id", "a", "--desc", "x", "--cmd", "y")).toMatchObject({ code: 0 });
    const lock = join(root, ".git/tree-autoresearch/ITERATION_TREE.yaml/tree.lock");
    mkdirSync(lock);
    const purpose = "tree-autoresearch update --id a --status running";
    writeFileSync(join(lock, "4711~1~node7,boot,1~k3j2h1"), JSON.stringify({ purpose }));
    const update = ["update", "--id", "a", "--status", "running"];
    const refused = run(hasty, ...update);
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    const said =
      /^error: Locked by process 4711 on node7 \((.*)\) for \d+ s\nhint: Wait for it\. When it is certainly gone: tree-autoresearch (doctor --unlock k3j2h1)\n$/;
    expect(refused.stderr).toMatch(said);
    const [, told, unlock = ""] = said.exec(refused.stderr) ?? [];
    expect(told).toBe(purpose);
    expect(run(program, ...unlock.split(" "))).toMatchObject({ code: 0 });
    expect(run(program, ...update)).toMatchObject({ code: 0 });
    report({
      promise: "A holder on another host, boot or pid namespace is never presumed dead",
      anchor: "locks",
      figure: "waited for, then named with host, command and age; `doctor --unlock` frees it",
    });
  });
});
