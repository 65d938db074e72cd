import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InvalidTreeError } from "../../src/errors.ts";
import { openFile, readSettled } from "../../src/store/open-file.ts";
import { tempFolder } from "../temp-repository.ts";

describe("openFile", () => {
  it.skipIf(!existsSync("/proc/self/pagemap"))("ends with a file that tells no size and has no end", () => {
    expect(() => openFile("/proc/self/pagemap")).toThrow("pagemap:1:1: the file is larger than 16 MB");
  });
});

describe("readSettled", () => {
  it.each([
    ["an hour old", -3600, 1],
    ["of an hour from now, by another clock", 3600, 1],
    ["just saved", 0, 2],
  ])("looks again at a broken file only when it is fresh: one that is %s", (_, seconds, least) => {
    const path = join(tempFolder(), "t.yaml");
    writeFileSync(path, "broken");
    const time = Date.now() / 1000 + seconds;
    if (seconds !== 0) utimesSync(path, time, time);
    let looks = 0;
    const read = () => {
      looks++;
      throw new InvalidTreeError("broken");
    };
    expect(() => readSettled(path, { isExpected: true }, read)).toThrow("broken");
    if (least === 1) expect(looks).toBe(1);
    else expect(looks).toBeGreaterThan(1);
  });
});
