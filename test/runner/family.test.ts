import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { attemptVariable } from "../../src/runner/attempt-variable.ts";
import { endFamily, familyOf } from "../../src/runner/family.ts";
import { longSleep, processesOf, until } from "../program/experiments.ts";
import { size } from "../proofs/proof.ts";
import { tempFolder } from "../temp-repository.ts";

/** Ways to outlive whoever ended one's group, its session and one's parent. */
const escapes: Readonly<Record<string, (sleep: string) => string>> = {
  "a child in the background": (sleep) => `${sleep} & wait`,
  "one that ignores SIGTERM": (sleep) => `trap '' TERM; ${sleep}; ${sleep}`,
  nohup: (sleep) => `nohup ${sleep} >/dev/null 2>&1 & wait`,
  "a grandchild in a session of its own": (sleep) => `sh -c 'setsid ${sleep} & wait' & wait`,
  "a double fork": (sleep) => `( ( setsid ${sleep} & ) & ); sleep 100`,
};

const rounds = size({ ci: 3, long: 20 });

/** A command as the supervisor starts it. */
function startFamily(command: string) {
  const folder = tempFolder();
  const entry = `${attemptVariable}=${Math.random()}`;
  const child = spawn("sh", ["-c", command], {
    ...{ detached: true, stdio: "ignore" },
    env: { PATH: process.env["PATH"], [attemptVariable]: entry.split("=")[1] },
  });
  const root = child.pid as number;
  return { root, family: familyOf({ root, entry, log: join(folder, "log") }) };
}

/** Whatever the test leaves goes. */
function sweep(sleep: string): void {
  onTestFinished(() => {
    for (const pid of processesOf(sleep)) process.kill(pid, "SIGKILL");
  });
}

describe.each(Object.entries(escapes))("of %s", (_, commandOf) => {
  it(`nothing survives, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round++) {
      const sleep = longSleep();
      sweep(sleep);
      const { family } = startFamily(commandOf(sleep));
      await until(() => processesOf(sleep).length > 0);
      family.look();
      expect(await endFamily(family, 300)).toBe(0);
      expect(processesOf(sleep), `round ${round}`).toEqual([]);
    }
  });
});

describe("the control", () => {
  it("of a signal to the group alone: who left it survives", async () => {
    const survivors: string[] = [];
    for (const [name, commandOf] of Object.entries(escapes)) {
      const sleep = longSleep();
      sweep(sleep);
      const { root } = startFamily(commandOf(sleep));
      await until(() => processesOf(sleep).length > 0);
      await new Promise((resolve) => setTimeout(resolve, 200));
      process.kill(-root, "SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 300));
      try {
        process.kill(-root, "SIGKILL");
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (processesOf(sleep).length > 0) survivors.push(name);
    }
    expect(survivors).toEqual(["a grandchild in a session of its own", "a double fork"]);
  });
});

describe("a family", () => {
  it("knows one again that has cleared its environment, since it was seen before", async () => {
    const sleep = longSleep();
    sweep(sleep);
    const { family } = startFamily(`sh -c 'sleep 0.5; exec env -i /bin/sh -c "exec setsid ${sleep}"' & wait`);
    const looking = setInterval(() => family.look(), 50);
    await until(() => processesOf(sleep).length > 0);
    clearInterval(looking);
    expect(await endFamily(family, 300)).toBe(0);
    expect(processesOf(sleep)).toEqual([]);
  });

  it("spares whoever only reads its log, and this process", async () => {
    const folder = tempFolder();
    const log = join(folder, "log");
    const [sleep, other] = [longSleep(), longSleep()];
    for (const each of [sleep, other]) sweep(each);
    const reader = spawn("sh", ["-c", `touch ${log}; exec 3<${log}; ${sleep}`], { stdio: "ignore" });
    const writer = spawn("sh", ["-c", `exec 3>>${log}; ${other}`], { stdio: "ignore", detached: true });
    const family = familyOf({ root: undefined, entry: `${attemptVariable}=none`, log });
    const pids = () => family.members().map(({ pid }) => pid);
    await until(() => pids().includes(writer.pid as number) && processesOf(sleep).includes(reader.pid as number));
    const found = pids();
    expect(found).not.toContain(reader.pid);
    expect(found).not.toContain(process.pid);
    expect(await endFamily(family, 300)).toBe(0);
    expect(processesOf(sleep).length).toBeGreaterThan(0);
  });

  it("is counted with its memory", async () => {
    const { family } = startFamily("node -e 'const x = Buffer.alloc(2e8, 1); setTimeout(() => x, 1e6)'");
    const most = await until(() => {
      const bytes = family.look();
      return bytes > 2e8 && bytes;
    });
    expect(most).toBeLessThan(1e9);
    await endFamily(family, 0);
  });
});
