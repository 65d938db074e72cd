import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { shellWord } from "../../src/shell-word.ts";
import { pauseInLine, withLock } from "../../src/system/lock.ts";
import { isDead, isHere, isRunning, ownIdentity } from "../../src/system/process-identity.ts";
import { tempFolder } from "../temp-repository.ts";
import { failFs } from "./with-fault.ts";

const built = mkdtempSync(join(tmpdir(), "tree-worker-"));
const worker = join(built, "lock-worker.mjs");

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL("lock-worker.ts", import.meta.url))],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
  });
});

afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Several processes add to one counter at once; each change is a read, a pause and a write. */
async function count(folder: string, { locked }: { readonly locked: boolean }): Promise<number> {
  const counter = join(folder, "counter");
  writeFileSync(counter, "0");
  const workers = Array.from({ length: 6 }, () => fork(worker, [folder, locked ? "locked" : "free", "20"]));
  const codes = await Promise.all(workers.map(async (each) => (await once(each, "exit"))[0] as number));
  expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
  return Number(readFileSync(counter, "utf8"));
}

describe("withLock", () => {
  it("lets one process at a time change a file: nothing is lost", async () => {
    expect(await count(tempFolder(), { locked: true })).toBe(120);
  });

  it("control: without the lock the same work loses changes", async () => {
    expect(await count(tempFolder(), { locked: false })).toBeLessThan(120);
  });

  it("is free again after the work, also when the work throws", async () => {
    const path = join(tempFolder(), "a.lock");
    const options = { purpose: "test", patience: 0 };
    expect(await withLock(path, options, () => 42)).toBe(42);
    await expect(withLock(path, options, () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(existsSync(path)).toBe(false);
    expect(await withLock(path, options, () => "again")).toBe("again");
  });

  it("waits for a holder that is alive, then names it", async () => {
    const path = join(tempFolder(), "a.lock");
    await withLock(path, { purpose: "holder at work", patience: 0 }, async () => {
      await expect(withLock(path, { purpose: "second", patience: 30 }, () => 0)).rejects.toMatchObject({
        code: "locked",
        exitCode: 4,
        message: expect.stringMatching(new RegExp(`process ${process.pid} on .* \\(holder at work\\) for \\d+ s`)),
        hint: `Wait for it. If it hangs: kill ${process.pid}`,
      });
    });
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("takes over from a process that was killed while it held the lock", async () => {
    const folder = tempFolder();
    const holder = fork(worker, [folder, "hold", "0"]);
    await once(holder, "message");
    holder.kill("SIGKILL");
    await once(holder, "exit");
    expect(readdirSync(join(folder, "counter.lock"))).toHaveLength(1);
    expect(await withLock(join(folder, "counter.lock"), { purpose: "next", patience: 0 }, () => "mine")).toBe("mine");
  });

  it("grants the lock to one after the other within a process, too", async () => {
    const path = join(tempFolder(), "deep", "a.lock");
    let inside = 0;
    const work = async () => {
      expect(++inside).toBe(1);
      await new Promise((done) => setImmediate(done));
      return inside--;
    };
    const options = { purpose: "test", patience: 60_000 };
    expect(await Promise.all([1, 2, 3].map(() => withLock(path, options, work)))).toEqual([1, 1, 1]);
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("tells those who look who holds it: process, start, host and a word that nobody else has", async () => {
    const path = join(tempFolder(), "a.lock");
    const { pid, start, host } = ownIdentity();
    const ownerOf = () => withLock(path, { purpose: "train", patience: 0 }, () => readdirSync(path));
    const [[first = ""], [second = ""]] = [await ownerOf(), await ownerOf()];
    expect(first.split("~")).toEqual([String(pid), start, host, expect.stringMatching(/^[a-z0-9]{10,16}$/)]);
    expect(second).not.toBe(first);
  });

  it("removes what a dead process left beside it, and nothing of the living or of other locks", async () => {
    const folder = tempFolder();
    const { pid, start, host } = ownIdentity();
    const dead = `${2 ** 22 + 1}~1~${host}~abc`;
    const kept = [
      `a.lock.${pid}~${start}~${host}~abd`,
      `b.lock.${dead}`,
      `a.lock.${dead.slice(0, -4)}`,
      dead,
      "a.lock.x",
    ];
    for (const name of [...kept, `a.lock.${dead}`, `a.lock.${dead.slice(0, -1)}b`]) mkdirSync(join(folder, name));
    await withLock(join(folder, "a.lock"), { purpose: "test", patience: 0 }, () => 0);
    expect(readdirSync(folder)).toEqual(kept.toSorted());
  });

  it.each(["nobody", "1~1~host", "1~1~~abc", "~1~host~abc", "1"])(
    "waits for the unknown owner %s, names it, and says what to do",
    async (name) => {
      const path = join(tempFolder(), "a.lock");
      mkdirSync(path);
      writeFileSync(join(path, name), "no JSON");
      await expect(withLock(path, { purpose: "x", patience: 5 }, () => 0)).rejects.toMatchObject({
        message: expect.stringMatching(new RegExp(`^Locked by an unknown owner \\('${name}'\\) for \\d+ s$`)),
        hint: `Wait for it. When it is certainly gone: tree-autoresearch doctor --unlock ${shellWord(name)}`,
      });
      expect(readdirSync(join(path, ".."))).toEqual(["a.lock"]);
    },
  );

  it("takes an empty folder for a free lock, and tells what else stands in its way", async () => {
    const folder = tempFolder();
    const options = { purpose: "x", patience: 0 };
    mkdirSync(join(folder, "a.lock"));
    expect(await withLock(join(folder, "a.lock"), options, () => "mine")).toBe("mine");
    writeFileSync(join(folder, "file"), "");
    await expect(withLock(join(folder, "file"), options, () => 0)).rejects.toMatchObject({
      ...{ code: "locked", message: `${join(folder, "file")} is a file, where locks are folders`, hint: "Remove it." },
    });
    await expect(withLock(join(folder, "file", "a.lock"), options, () => 0)).rejects.toMatchObject({
      code: expect.stringMatching(/^(EEXIST|ENOTDIR)$/),
    });
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("never presumes a holder on another host dead", async () => {
    const path = join(tempFolder(), "a.lock");
    mkdirSync(path);
    writeFileSync(join(path, "1~1~elsewhere,machine,boot,1~abc"), JSON.stringify({ purpose: "train" }));
    await expect(withLock(path, { purpose: "x", patience: 20 }, () => 0)).rejects.toMatchObject({
      message: expect.stringMatching(/^Locked by process 1 on elsewhere \(train\) for \d+ s$/),
      hint: "Wait for it. When it is certainly gone: tree-autoresearch doctor --unlock abc",
    });
    expect(readdirSync(path)).toHaveLength(1);
  });
});

describe("withLock, where the system refuses", () => {
  const options = { purpose: "x", patience: 10_000 };

  it.each(["ENOTEMPTY", "EEXIST", "EPERM", "EACCES", "ENOTDIR"])(
    "tries again after %s: somebody is in",
    async (code) => {
      const path = join(tempFolder(), "a.lock");
      failFs("renameSync", code, { times: 2 });
      expect(await withLock(path, options, () => "mine")).toBe("mine");
      expect(readdirSync(join(path, ".."))).toEqual([]);
    },
  );

  it.each(["EIO", "EROFS", "ENOENT", undefined])("gives up at once after %s, and leaves nothing", async (code) => {
    const path = join(tempFolder(), "a.lock");
    failFs("renameSync", code, { times: 1 });
    await expect(withLock(path, options, () => 0)).rejects.toThrow(`fault: ${code}`);
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("says what it cannot see: a lock of another user, or one that comes and goes", async () => {
    const [closed, odd] = [join(tempFolder(), "a.lock"), join(tempFolder(), "b.lock")];
    mkdirSync(closed);
    writeFileSync(join(closed, "owner"), "");
    failFs("readdirSync", "EACCES", { isMeant: (path) => path === closed });
    await expect(withLock(closed, { purpose: "x", patience: 0 }, () => 0)).rejects.toMatchObject({
      message: `${closed} is the lock of another user, and may not be read`,
      hint: "Wait for it. When who holds it is gone, its owner can remove it: tree-autoresearch doctor --fix",
    });
    symlinkSync("nowhere", odd);
    await expect(withLock(odd, { purpose: "x", patience: 0 }, () => 0)).rejects.toMatchObject({
      message: `${odd} is taken and freed again and again`,
      hint: "Try again.",
    });
  });

  it("does not fail after the work when somebody else has released the lock", async () => {
    const path = join(tempFolder(), "a.lock");
    expect(await withLock(path, options, () => rmSync(path, { recursive: true }))).toBeUndefined();
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("removes the dead of a long line, wherever they stand, and those that waited long ago", async () => {
    const path = join(tempFolder(), "a.lock");
    const { host } = ownIdentity();
    mkdirSync(`${path}.1~1~elsewhere~aaa`);
    for (let i = 0; i < 40; i++) mkdirSync(`${path}.${2 ** 22 + i}~1~${host}~b${i}`);
    await withLock(path, { purpose: "test", patience: 0 }, () => 0);
    expect(readdirSync(dirname(path))).toEqual(["a.lock.1~1~elsewhere~aaa"]);
  });

  it("goes on where another one was faster to remove a dead owner, and hides no defect of its own", async () => {
    const path = deadLock();
    failFs("unlinkSync", "ENOENT", { times: 1 });
    expect(await withLock(path, options, () => "mine")).toBe("mine");
    const another = deadLock();
    failFs("unlinkSync", undefined, { times: 1 });
    await expect(withLock(another, options, () => 0)).rejects.toThrow("fault: undefined");
  });

  it("leaves a dead claim that it may not remove, and passes it by; and hides no defect of its own", async () => {
    const path = join(tempFolder(), "a.lock");
    const claim = `${path}.${2 ** 22 + 1}~1~${ownIdentity().host}~abc`;
    mkdirSync(claim);
    failFs("rmSync", "EPERM", { isMeant: (each) => each === claim, times: 5 });
    expect(await withLock(path, { ...options, patience: noPatience }, () => "mine")).toBe("mine");
    expect(existsSync(claim)).toBe(true);
    failFs("rmSync", undefined, { isMeant: (each) => each === claim, times: 1 });
    await expect(withLock(path, options, () => 0)).rejects.toThrow("fault: undefined");
  });
});

/** So little that who is not the first in the line gives up after one look. */
const noPatience = -10_000;

describe("the place in the line", () => {
  const elsewhere = "7~1~node9,machine,boot,1";
  const minutes = (count: number) => {
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now + count * 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
  };

  it("is behind those who came before, and before those who came later", async () => {
    const path = join(tempFolder(), "a.lock");
    const options = { purpose: "x", patience: noPatience };
    mkdirSync(`${path}.${elsewhere}~zzzzzzzzzzzz`);
    expect(await withLock(path, options, () => "mine")).toBe("mine");
    mkdirSync(`${path}.${elsewhere}~0`);
    await expect(withLock(path, options, () => 0)).rejects.toMatchObject({ code: "locked" });
    expect(readdirSync(join(path, ".."))).toHaveLength(2);
  });

  it("is not behind a claim that is older than anybody waits", async () => {
    const path = join(tempFolder(), "a.lock");
    mkdirSync(`${path}.${elsewhere}~0`);
    minutes(11);
    expect(await withLock(path, { purpose: "x", patience: noPatience }, () => "mine")).toBe("mine");
    expect(readdirSync(join(path, ".."))).toHaveLength(1);
  });
});

function deadLock(): string {
  const path = join(tempFolder(), "a.lock");
  mkdirSync(path);
  writeFileSync(join(path, `${2 ** 22 + 1}~1~${ownIdentity().host}~abc`), "{}");
  return path;
}

describe("pauseInLine", () => {
  it.each([
    ["the first looks again soon", { pause: 2, place: 0, moves: 5, moving: 1000 }, 2],
    ["half of what the line will need, by how it went", { pause: 1, place: 5, moves: 5, moving: 100 }, 50],
    ["not for long while it has not moved", { pause: 1, place: 3, moves: 0, moving: 0 }, 75],
    ["never for long", { pause: 1, place: 15, moves: 1, moving: 1000 }, 200],
    ["never shorter than the pause", { pause: 5, place: 2, moves: 10, moving: 10 }, 5],
  ])("%s", (_, waiting, expected) => {
    expect(pauseInLine(waiting)).toBe(expected);
  });
});

describe("ownIdentity", () => {
  it("is this process, the same whenever it is asked", () => {
    expect(ownIdentity()).toEqual({ ...ownIdentity(), pid: process.pid });
  });

  it("has a host of four parts: a name without odd characters, the machine, the boot, the pid namespace", () => {
    expect(ownIdentity().host).toMatch(/^[A-Za-z0-9._-]{1,64},[0-9a-f]{0,32},[0-9a-f]*,\d*$/);
    const name = hostname().replace(/[^A-Za-z0-9.-]/g, "_");
    expect(ownIdentity().host.split(",")[0]).toBe(name.slice(0, 64));
  });

  it.runIf(existsSync("/proc/self/stat"))("has what the system tells of start, boot and namespace", () => {
    const { start, host } = ownIdentity();
    expect(start).toMatch(/^\d+$/);
    expect(readFileSync("/proc/self/stat", "utf8").split(" ")).toContain(start);
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", "");
    const namespace = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    expect(host.split(",").slice(2)).toEqual([boot, namespace]);
  });
});

describe("isHere", () => {
  it("is what runs on this host, also what ran until now: its number means the same here", () => {
    const own = ownIdentity();
    expect(isHere(own)).toBe(true);
    expect(isHere({ ...own, pid: 2 ** 22 + 1 })).toBe(true);
    expect(isHere({ ...own, host: `${own.host}x` })).toBe(false);
  });
});

describe("isRunning", () => {
  it("says whether there is such a process", () => {
    expect([isRunning(process.pid), isRunning(2 ** 22 + 1)]).toEqual([true, false]);
  });
});

describe("isDead", () => {
  it("goes by the pid alone where the start is not told", () => {
    expect(isDead({ ...ownIdentity(), start: "" })).toBe(false);
    expect(isDead({ ...ownIdentity(), start: "", pid: 2 ** 22 + 1 })).toBe(true);
  });

  it("sees a living process, and one whose pid was taken by another", () => {
    const own = ownIdentity();
    expect(isDead(own)).toBe(false);
    if (own.start === "") return; // this system does not tell start times
    expect(isDead({ ...own, start: "1" })).toBe(true);
  });

  it.runIf(existsSync("/proc/self/stat"))("knows one that has ended and that nobody has asked about", async () => {
    // The shell starts a child and becomes a program that never waits for it.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 20"]);
    const pid = Number(String((await once(parent.stdout, "data"))[0]));
    const stateOf = () => /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
    while (stateOf() !== "Z") await new Promise((done) => setTimeout(done, 10));
    expect(isDead({ ...ownIdentity(), pid, start: "" })).toBe(true);
    parent.kill();
  });

  it("proves nothing about a host that does not say which boot it is", () => {
    const nameOnly = "mac,,,";
    expect(isDead({ pid: 2 ** 22 + 1, start: "", host: nameOnly }, nameOnly)).toBe(false);
  });

  it("knows that what ran before this machine was started again is gone; in a container it knows nothing", () => {
    const [machine, container] = ["node9,0abc,boot,4026531836", "node9,0abc,boot,4026532999"];
    const of = (host: string) => ({ pid: 1, start: "1", host });
    expect(isDead(of(machine.replace("boot", "earlier")), machine)).toBe(true);
    for (const other of [
      machine.replace("node9", "node8").replace("boot", "earlier"),
      machine.replace("0abc", "0abd").replace("boot", "earlier"),
      machine.replace("0abc", "").replace("boot", "earlier"),
      machine.replace("boot", ""),
      container.replace("boot", "earlier"),
      container,
    ])
      expect(isDead(of(other), machine), other).toBe(false);
    expect(isDead(of(machine.replace("boot", "earlier")), container)).toBe(false);
    expect(isDead(of(container.replace("boot", "earlier")), container)).toBe(false);
  });

  it("does not judge a process of another host, boot or namespace", () => {
    expect(isDead({ ...ownIdentity(), host: "other,machine,boot,1", pid: 2 ** 22 + 1 })).toBe(false);
    expect(isDead({ ...ownIdentity(), pid: 2 ** 22 + 1 })).toBe(true);
  });
});
