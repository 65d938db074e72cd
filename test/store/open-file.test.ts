import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { InvalidTreeError } from "../../src/errors.ts";
import { findBytes, findLateSave, isStill, type OpenFile, openFile, readSettled } from "../../src/store/open-file.ts";
import { aroundFs, restoreCalls } from "../system/with-fault.ts";
import { tempFolder } from "../temp-repository.ts";

function tempFile(text: string): string {
  const path = join(tempFolder(), "t.yaml");
  writeFileSync(path, text);
  return path;
}

function open(path: string): OpenFile {
  const file = openFile(path);
  if (!file) throw new Error("no file");
  onTestFinished(() => closeSync(file.handle));
  return file;
}

const textOf = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe("openFile", () => {
  it("gives the bytes and the second in which they were saved; nothing where no file is", () => {
    const path = tempFile("nodes: []\n");
    utimesSync(path, 1_700_000_000.987, 1_700_000_000.987);
    const { bytes, time } = open(path);
    expect([textOf(bytes), time]).toEqual(["nodes: []\n", "2023-11-14T22:13:20Z"]);
    expect(openFile(`${path}.none`)).toBeUndefined();
    expect([textOf(findBytes(path)), findBytes(`${path}.none`)]).toEqual(["nodes: []\n", undefined]);
  });

  it("takes 16 MB and not a byte more", () => {
    const path = tempFile("");
    truncateSync(path, 16 * 1024 * 1024);
    expect(findBytes(path)).toHaveLength(16 * 1024 * 1024);
    truncateSync(path, 16 * 1024 * 1024 + 1);
    expect(() => findBytes(path)).toThrow("t.yaml:1:1: the file is larger than 16 MB");
  });

  it("says what lies there instead of a file", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "folder"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const [name, what] of [
      ["folder", "a folder"],
      ["pipe", "no regular file"],
    ] as const) {
      expect(() => openFile(join(folder, name))).toThrow(
        expect.objectContaining({
          message: `${join(folder, name)} is ${what}; expected a tree file`,
          hint: "Move it away, or name another one.",
          exitCode: 4,
        }),
      );
    }
  });

  it.skipIf(!existsSync("/proc/self/pagemap"))("ends with a file that tells no size and has no end", () => {
    expect(() => openFile("/proc/self/pagemap")).toThrow("pagemap:1:1: the file is larger than 16 MB");
  });

  it.skipIf(!existsSync("/proc/self/fd"))("keeps no file open that it does not give", () => {
    const path = tempFile("a");
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    findBytes(path);
    expect(() => openFile(join(path, ".."))).toThrow();
    const read = () => {
      throw new Error("stop");
    };
    expect(() => readSettled(openFile, path, { isExpected: true }, read)).toThrow("stop");
    expect(count()).toBe(before);
  });
});

describe("isStill", () => {
  it("knows the very file with the very bytes", () => {
    const path = tempFile("one");
    const file = open(path);
    expect(isStill(path, file)).toBe(true);
    writeFileSync(path, "two");
    expect(isStill(path, file)).toBe(false);
    writeFileSync(path, "one");
    expect(isStill(path, file)).toBe(true);
    renameSync(path, `${path}.old`);
    expect([isStill(path, file), isStill(path, undefined)]).toEqual([false, true]);
    writeFileSync(path, "one");
    expect([isStill(path, file), isStill(path, undefined)]).toEqual([false, false]);
  });
});

describe("isStill, and findLateSave for what comes later", () => {
  it.each([
    ["renames another file to the name", (path: string, other: string) => renameSync(other, path)],
    ["writes into the file", (path: string) => appendFileSync(path, "more")],
  ])("see it when somebody %s between two of its calls", (_, save) => {
    for (let calls = 0; calls < 20; calls++) {
      const path = tempFile("x".repeat(600_000));
      writeFileSync(`${path}.new`, "x".repeat(600_000));
      const file = open(path);
      let left = calls;
      for (const name of ["readSync", "fstatSync", "statSync", "openSync"] as const)
        aroundFs(name, (call, args) => {
          if (left-- === 0) save(path, `${path}.new`);
          return call(...args);
        });
      const isSame = isStill(path, file);
      restoreCalls();
      const isMissed = isSame && findLateSave(file) === undefined;
      // There were fewer calls.
      if (left >= 0) return expect(calls).toBeGreaterThan(3);
      expect(isMissed, `before call ${calls}`).toBe(false);
    }
    return expect.unreachable();
  });
});

describe("readSettled", () => {
  it.each([
    ["an hour old", -3600, false],
    ["of an hour from now, by another clock", 3600, false],
    ["just saved", 0, true],
  ])("looks again at a broken file only when it is fresh: one that is %s", (_, seconds, again) => {
    const path = tempFile("broken");
    const time = Date.now() / 1000 + seconds;
    if (seconds !== 0) utimesSync(path, time, time);
    let looks = 0;
    const read = () => {
      looks++;
      throw new InvalidTreeError("broken");
    };
    expect(() => readSettled(openFile, path, { isExpected: true }, read)).toThrow("broken");
    expect(looks > 1).toBe(again);
  });

  it("does not look again when something else is wrong", () => {
    const path = tempFile("fresh");
    let looks = 0;
    const read = () => {
      looks++;
      throw new Error("no place on the disk");
    };
    expect(() => readSettled(openFile, path, { isExpected: true }, read)).toThrow("no place");
    expect(looks).toBe(1);
  });

  it("waits for a file that is expected, and for no other", () => {
    const path = tempFile("x");
    const text = (file: OpenFile | undefined) => {
      if (file) closeSync(file.handle);
      return textOf(file?.bytes);
    };
    rmSync(path);
    expect(readSettled(openFile, path, { isExpected: false }, text)).toBeUndefined();
    const writer = spawn("sh", ["-c", `sleep 0.05; echo there > ${path}`], { stdio: "ignore" });
    onTestFinished(() => void writer.kill());
    expect(readSettled(openFile, path, { isExpected: true }, text)).toMatch(/^(there\n)?$/);
    rmSync(path);
    expect(readSettled(openFile, path, { isExpected: true }, text)).toBeUndefined();
  });
});

describe("findLateSave", () => {
  it("finds what was saved in place since, also when the name has gone to another file", () => {
    const path = tempFile("one\n");
    const file = open(path);
    expect(findLateSave(file)).toBeUndefined();
    renameSync(path, `${path}.old`);
    writeFileSync(path, "ours\n");
    expect(findLateSave(file)).toBeUndefined();
    appendFileSync(`${path}.old`, "two\n");
    expect(textOf(findLateSave(file))).toBe("one\ntwo\n");
  });

  it("waits until a file that was emptied is full again", () => {
    const path = tempFile("one\n");
    const file = open(path);
    writeFileSync(path, "");
    const writer = spawn("sh", ["-c", `sleep 0.08; printf 'much later' > ${path}`], { stdio: "ignore" });
    onTestFinished(() => void writer.kill());
    expect(textOf(findLateSave(file))).toBe("much later");
  });
});
