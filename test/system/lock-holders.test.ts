import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clearDead, releaseHolder, withLock } from "../../src/system/lock.ts";
import {
  findDeadClaims,
  findHolder,
  findLeftClaims,
  isStale,
  lineOf,
  parseOwner,
  showHolder,
} from "../../src/system/lock-holders.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { tempFolder } from "../temp-repository.ts";

const { pid, start, host } = ownIdentity();
const living = `${pid}~${start}~${host}`;
const dead = `${2 ** 22 + 1}~1~${host}`;
const elsewhere = "7~1~node9,machine,boot,1";

/** A token of a process that came then. */
const secondsAgo = (seconds: number) => `${(Date.now() - 1000 * seconds).toString(36)}aaaaaa`;

/** A lock with these owners in it and these claims beside it; all say that they `train`. */
function lockWith({ owners = [], claims = [] }: { readonly owners?: string[]; readonly claims?: string[] }): string {
  const path = join(tempFolder(), "a.lock");
  const put = (folder: string, owner: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, owner), JSON.stringify({ purpose: "train" }));
  };
  for (const owner of owners) put(path, owner);
  for (const owner of claims) put(`${path}.${owner}`, owner);
  return path;
}

describe("findHolder", () => {
  it("finds nobody where no lock is, or an empty one", () => {
    expect(findHolder(join(tempFolder(), "a.lock"))).toBeUndefined();
    const path = join(tempFolder(), "b.lock");
    mkdirSync(path);
    expect(findHolder(path)).toBeUndefined();
  });

  it.each([
    [living, { life: "alive", pid, host: host.split(",")[0] }],
    [dead, { life: "dead", pid: 2 ** 22 + 1, host: host.split(",")[0] }],
    [elsewhere, { life: "elsewhere", pid: 7, host: "node9" }],
  ])("knows who %s is, what for, since when, and whether it lives", (owner, expected) => {
    const path = lockWith({ owners: [`${owner}~abc`] });
    expect(findHolder(path)).toEqual({ id: "abc", purpose: "train", age: expect.any(Number), ...expected });
    expect(findHolder(path)?.age).toBeLessThan(60);
  });

  it("counts the seconds since the folder got its name", async () => {
    const path = lockWith({ claims: [`${living}~abc`] });
    renameSync(`${path}.${living}~abc`, path);
    await new Promise((done) => setTimeout(done, 1600));
    expect(findHolder(path)?.age).toBeGreaterThanOrEqual(1);
    expect(findHolder(path)?.age).toBeLessThan(60);
  });

  it("calls an owner that no program of ours wrote elsewhere, by its whole name", () => {
    const path = lockWith({ owners: ["somebody"] });
    writeFileSync(join(path, "somebody"), "{}");
    expect(findHolder(path)).toEqual({
      ...{ id: "somebody", pid: 0, host: "", life: "elsewhere", purpose: "" },
      age: expect.any(Number),
    });
  });
});

describe("the line of those who wait", () => {
  it("is in the order in which they came, and is of this lock only", () => {
    const claims = [`${living}~c`, `${elsewhere}~a`, `${dead}~b`, "nobody"];
    const path = lockWith({ claims });
    mkdirSync(`${path}x.${living}~d`);
    expect(lineOf(path).map(({ owner }) => owner)).toEqual([claims[1], claims[2], claims[0]]);
    expect(lineOf(path)[0]).toMatchObject({ folder: `${path}.${claims[1]}`, identity: { pid: 7, token: "a" } });
  });

  it("names the dead in it", () => {
    const path = lockWith({ claims: [`${living}~c`, `${elsewhere}~a`, `${dead}~b`] });
    expect(findDeadClaims(path)).toMatchObject([{ id: "b", pid: 2 ** 22 + 1, life: "dead", purpose: "train" }]);
  });

  it("lets nobody in before the first who lives, and takes the first out when it is dead", async () => {
    const path = join(tempFolder(), "a.lock");
    const order: number[] = [];
    const options = { purpose: "x", patience: 60_000 };
    const waiting: Promise<void>[] = [];
    await withLock(path, options, async () => {
      for (const i of [1, 2, 3, 4]) {
        waiting.push(withLock(path, options, () => void order.push(i)));
        // The line is in the order of milliseconds.
        await new Promise((done) => setTimeout(done, 5));
      }
      await new Promise((done) => setTimeout(done, 100));
      mkdirSync(`${path}.${dead}~${secondsAgo(10)}`);
    });
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("does not wait for a first who does not take the lock, such as one on a host that went down", async () => {
    const claim = `${elsewhere}~${secondsAgo(10)}`;
    const path = lockWith({ claims: [claim] });
    expect(await withLock(path, { purpose: "x", patience: 60_000 }, () => "mine")).toBe("mine");
    expect(readdirSync(join(path, ".."))).toEqual([`a.lock.${claim}`]);
  });

  it("tells of one that has waited for longer than anybody does, whatever its clock said", () => {
    const claim = `${elsewhere}~abc`;
    const path = lockWith({ claims: [claim] });
    const later = Date.now() + 11 * 60_000;
    const [first] = lineOf(path);
    expect(first && [isStale(first), isStale(first, later)]).toEqual([false, true]);
    expect(findLeftClaims(path)).toEqual([]);
    expect(findLeftClaims(path, later)).toMatchObject([{ id: "abc", life: "elsewhere" }]);
    expect([releaseHolder(path, "abc"), releaseHolder(path, "abc")]).toEqual([true, false]);
    expect(lineOf(path)).toEqual([]);
  });
});

describe("clearDead", () => {
  it("removes a dead owner and dead claims, and nobody who may be alive", () => {
    const path = lockWith({ owners: [`${dead}~o`], claims: [`${living}~c`, `${elsewhere}~a`, `${dead}~b`] });
    clearDead(path);
    expect(readdirSync(join(path, "..")).toSorted()).toEqual(
      [`a.lock.${elsewhere}~a`, `a.lock.${living}~c`].toSorted(),
    );
    for (const owner of [`${living}~o`, `${elsewhere}~o`]) {
      const held = lockWith({ owners: [owner] });
      clearDead(held);
      expect(readdirSync(held)).toEqual([owner]);
    }
  });
});

/** What a user may not remove: to unlink a folder is refused to root, too. */
function stuckLock(): string {
  const path = lockWith({});
  mkdirSync(join(path, `${dead}~o`), { recursive: true });
  return path;
}

describe("a dead owner that may not be removed", () => {
  const told = (path: string) => ({
    code: "locked",
    message: expect.stringMatching(
      /^The lock of process \d+ on .* for \d+ s, which is gone, may not be removed by this user$/,
    ),
    hint: `Remove it as its owner, beside or in: ${path}`,
  });

  it("is told long before the patience is over", async () => {
    const path = stuckLock();
    await expect(withLock(path, { purpose: "x", patience: 3_600_000 }, () => 0)).rejects.toMatchObject(told(path));
    expect(readdirSync(join(path, ".."))).toEqual(["a.lock"]);
  });

  it("is told by who clears away, as is a dead claim", () => {
    const path = stuckLock();
    expect(() => clearDead(path)).toThrow(expect.objectContaining(told(path)));
    expect(existsSync(join(path, `${dead}~o`))).toBe(true);
  });

  it("does not keep a dead claim beside it from being removed", () => {
    const path = stuckLock();
    mkdirSync(`${path}.${dead}~c`);
    expect(() => clearDead(path)).toThrow();
    expect(readdirSync(join(path, ".."))).toEqual(["a.lock"]);
  });
});

describe("who waits", () => {
  it("and loses the place in the line to somebody who gave it up, does nothing, and says so", async () => {
    const path = lockWith({ owners: [`${elsewhere}~o`] });
    let isDone = false;
    const waiting = withLock(path, { purpose: "x", patience: 60_000 }, () => {
      isDone = true;
    });
    const refused = expect(waiting).rejects.toMatchObject({
      code: "locked",
      message: `The place of this call in the line for ${path} was given up by somebody`,
      hint: "Nothing was done. Try again.",
    });
    const [claim] = lineOf(path);
    rmSync(claim?.folder as string, { recursive: true });
    rmSync(join(path, `${elsewhere}~o`));
    await refused;
    expect(isDone).toBe(false);
  });
});

describe("releaseHolder", () => {
  it("takes from those who wait only the one of this id", () => {
    const path = lockWith({ claims: [`${elsewhere}~abc`, `${living}~abd`] });
    expect(releaseHolder(path, "abd")).toBe(true);
    expect(lineOf(path).map(({ identity }) => identity.token)).toEqual(["abc"]);
  });

  it("takes the lock from the holder of this id, and from no other", () => {
    const path = lockWith({ owners: [`${elsewhere}~abc`] });
    expect([releaseHolder(path, "bc"), releaseHolder(path, "xabc"), releaseHolder(path, "")]).toEqual([
      ...[false, false, false],
    ]);
    expect(readdirSync(path)).toEqual([`${elsewhere}~abc`]);
    expect(releaseHolder(path, "abc")).toBe(true);
    expect(existsSync(path)).toBe(false);
    const unknown = lockWith({ owners: ["somebody"] });
    expect(releaseHolder(unknown, "somebody")).toBe(true);
    expect(existsSync(unknown)).toBe(false);
  });
});

describe("showHolder", () => {
  it("says process, host, call and time, as far as they are known", () => {
    const holder = { id: "abc", pid: 4711, host: "node7", life: "alive", purpose: "sync", age: 12 } as const;
    expect(showHolder(holder)).toBe("process 4711 on node7 (sync) for 12 s");
    expect(showHolder({ ...holder, purpose: "", age: undefined })).toBe("process 4711 on node7");
    expect(showHolder({ ...holder, pid: 0, age: 0 })).toBe("an unknown owner ('abc') (sync) for 0 s");
  });
});

describe("parseOwner", () => {
  it("reads what names an owner, and nothing else", () => {
    expect(parseOwner("7~12~node9,m,b,1~abc")).toEqual({ pid: 7, start: "12", host: "node9,m,b,1", token: "abc" });
    expect(parseOwner("7~~host~abc")).toMatchObject({ start: "" });
    for (const name of ["", "7~1~host", "7~1~~abc", "x7~1~host~abc", "7x~1~host~abc", "7~1~host~"])
      expect(parseOwner(name), name).toBeUndefined();
  });
});
