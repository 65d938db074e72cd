import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { withLock } from "../../src/system/lock.ts";
import { isDead, ownIdentity } from "../../src/system/process-identity.ts";
import { projectRoot } from "../run-program.ts";
import { tempFolder } from "../temp-repository.ts";

const worker = join(projectRoot, "dist", "test", "lock-worker.mjs");

beforeAll(async () => {
  await build({
    entryPoints: [join(projectRoot, "test/system/lock-worker.ts")],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
  });
});

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

  it("never presumes a holder on another host dead", async () => {
    const path = join(tempFolder(), "a.lock");
    mkdirSync(path);
    writeFileSync(join(path, "1~1~elsewhere,machine,boot,1~abc"), JSON.stringify({ purpose: "train" }));
    await expect(withLock(path, { purpose: "x", patience: 20 }, () => 0)).rejects.toMatchObject({
      message: expect.stringContaining("process 1 on elsewhere (train)"),
    });
    expect(readdirSync(path)).toHaveLength(1);
  });
});

describe("isDead", () => {
  it("sees a living process, and one whose pid was taken by another", () => {
    const own = ownIdentity();
    expect(isDead(own)).toBe(false);
    if (own.start === "") return; // this system does not tell start times
    const [name, machine, , namespace] = own.host.split(",");
    const earlier = { ...own, host: [name, machine, "earlier", namespace].join(",") };
    expect(isDead(earlier)).toBe(machine !== "");
    expect(isDead({ ...own, start: "1" })).toBe(true);
  });

  it("does not judge a process of another host, boot or namespace", () => {
    expect(isDead({ ...ownIdentity(), host: "other,machine,boot,1", pid: 2 ** 22 + 1 })).toBe(false);
    expect(isDead({ ...ownIdentity(), pid: 2 ** 22 + 1 })).toBe(true);
  });
});
