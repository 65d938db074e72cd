import fs, { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deltaOf } from "../../src/store/delta.ts";
import { findText, hasDamaged, isNewest, keptVersions, readVersions, recordVersion } from "../../src/store/history.ts";
import { tempFolder } from "../temp-repository.ts";
import { beforeCall } from "./before-call.ts";

const time = "2026-01-02T03:04:05Z";
const found = { time: "2026-01-01T00:00:00Z", command: null, node: null };

function record(folder: string, before: string, after: string, command = "update", node = "a"): void {
  const delta = deltaOf(before, after);
  const origin = { time, command, node };
  recordVersion(folder, { before: Buffer.from(before), found, after: [Buffer.from(after)], delta, origin });
}

/** `count` versions, each with one line more. */
function grow(folder: string, count: number, line = (i: number) => `line ${i}\n`): string {
  let text = "begin\n";
  for (let i = 0; i < count; i++) {
    record(folder, text, text + line(i), `call ${i}`);
    text += line(i);
  }
  return text;
}

describe("the history", () => {
  it("begins with the text that was found, then knows time, command and node of every change", () => {
    const folder = tempFolder();
    record(folder, "one\n", "two\n", "tree-autoresearch update --id a");
    expect(readVersions(folder)).toEqual([
      { version: 1, ...found },
      { version: 2, time, command: "tree-autoresearch update --id a", node: "a" },
    ]);
    expect([findText(folder, 1), findText(folder, 2), findText(folder, 3)]).toEqual(["one\n", "two\n", undefined]);
  });

  it("notices what was saved by hand between two calls, and keeps it as a version", () => {
    const folder = tempFolder();
    record(folder, "one\n", "two\n");
    expect(isNewest(folder, Buffer.from("two\n"))).toBe(true);
    expect(isNewest(folder, Buffer.from("two, by hand\n"))).toBe(false);
    record(folder, "two, by hand\n", "three\n");
    expect(readVersions(folder).map(({ command }) => command)).toEqual([null, "update", null, "update"]);
    expect([1, 2, 3, 4].map((version) => findText(folder, version))).toEqual([
      "one\n",
      "two\n",
      "two, by hand\n",
      "three\n",
    ]);
  });

  it("gives back every kept text, near a full copy or far from it", () => {
    const folder = tempFolder();
    grow(folder, 150);
    for (const version of [1, 2, 63, 64, 65, 127, 128, 151]) {
      const lines = Array.from({ length: version - 1 }, (_, i) => `line ${i}\n`);
      expect(findText(folder, version), String(version)).toBe(`begin\n${lines.join("")}`);
    }
  });

  it("keeps the newest versions when there are many, with their numbers", () => {
    const folder = tempFolder();
    const text = grow(folder, 2 * keptVersions + 20);
    const versions = readVersions(folder);
    expect(versions.length).toBeGreaterThanOrEqual(keptVersions);
    expect(versions.length).toBeLessThanOrEqual(2 * keptVersions);
    expect(versions.at(-1)?.version).toBe(2 * keptVersions + 21);
    expect(findText(folder, versions.at(-1)?.version as number)).toBe(text);
    expect(findText(folder, versions[0]?.version as number)).toContain("begin\n");
    expect(findText(folder, (versions[0]?.version as number) - 1)).toBeUndefined();
  });

  it("stays small when every version replaces much", () => {
    const folder = tempFolder();
    const noise = () => Array.from({ length: 20_000 }, () => `${Math.random()}\n`).join("");
    let text = noise();
    for (let i = 0; i < 24; i++) {
      const next = noise();
      record(folder, text, next);
      text = next;
    }
    const bytes = ["log", "checkpoint"].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(20_000_000);
    const versions = readVersions(folder).map(({ version }) => version);
    expect(findText(folder, versions.at(-1) as number)).toBe(text);
    expect(findText(folder, versions[0] as number)).toBeDefined();
  });

  it("keeps the last two versions however large they are, and no more than fits", () => {
    const folder = tempFolder();
    let text = Array.from({ length: 200_000 }, (_, i) => `a line of the number ${i}\n`).join("");
    for (let i = 0; i < 3; i++) {
      const next = text.includes("\r") ? text.replaceAll("\r", "") : text.replaceAll("\n", "\r\n");
      record(folder, text, next);
      const versions = readVersions(folder);
      expect(versions.at(-1)?.version).toBe(i + 2);
      expect(findText(folder, i + 1) === text).toBe(true);
      text = next;
    }
    const bytes = ["log", "checkpoint"].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(32_000_000);
  });

  it("loses nothing when a writer is killed between the line and the full copy", () => {
    const folder = tempFolder();
    const text = grow(folder, 62);
    const checkpoint = readFileSync(join(folder, "checkpoint"));
    record(folder, text, `${text}the 64th\n`);
    writeFileSync(join(folder, "checkpoint"), checkpoint);
    record(folder, `${text}the 64th\n`, "next\n");
    expect(findText(folder, 10)).toContain("line 8\n");
    expect(findText(folder, 64)).toBe(`${text}the 64th\n`);
    rmSync(join(folder, "checkpoint"));
    record(folder, "next\n", "and on\n");
    expect(findText(folder, 10)).toContain("line 8\n");
  });

  it("survives a writer that was killed in the middle of a line", () => {
    const folder = tempFolder();
    grow(folder, 3);
    const log = join(folder, "log");
    const whole = readFileSync(log, "utf8");
    truncateSync(log, whole.length - 20);
    expect(readVersions(folder)).toHaveLength(3);
    const [lost, next] = ["begin\nline 0\nline 1\nline 2\n", "next\n"];
    record(folder, lost, next);
    expect(readVersions(folder).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    expect([findText(folder, 3), findText(folder, 4), findText(folder, 5)]).toEqual([
      "begin\nline 0\nline 1\n",
      lost,
      next,
    ]);
  });

  it("keeps what was before when the whole text changes, and back again", () => {
    const folder = tempFolder();
    const text = grow(folder, 5, (i) => `${"some text of a node ".repeat(100_000)}${i}\n`);
    const indented = text.replace(/^/gm, "  ");
    record(folder, text, indented);
    record(folder, indented, text);
    expect(readVersions(folder)).toHaveLength(8);
    expect(findText(folder, 7) === indented).toBe(true);
    expect(findText(folder, 8) === text).toBe(true);
    expect(findText(folder, 1)).toBe("begin\n");
    expect(statSync(join(folder, "log")).size).toBeLessThan(text.length / 10);
  });

  it("throws when the disk cannot give it back, and takes nothing for the truth then", () => {
    const folder = tempFolder();
    grow(folder, 5);
    const log = readFileSync(join(folder, "log"), "utf8");
    beforeCall("readFileSync", join(folder, "log"), () => {
      throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    });
    expect(() => record(folder, "x\n", "y\n")).toThrow("EIO");
    expect(readFileSync(join(folder, "log"), "utf8")).toBe(log);
  });

  it("writes a line whole, also when the system takes only a part of it at first", () => {
    const folder = tempFolder();
    const text = grow(folder, 5);
    const original = fs.writeSync as (...args: readonly unknown[]) => number;
    const short = (file: number, bytes: Buffer, done = 0) => original(file, bytes.subarray(done, done + 10));
    Object.assign(fs, { writeSync: short });
    syncBuiltinESMExports();
    try {
      record(folder, text, `${text}more\n`);
    } finally {
      Object.assign(fs, { writeSync: original });
      syncBuiltinESMExports();
    }
    expect(findText(folder, 7)).toBe(`${text}more\n`);
  });

  it("removes what killed calls left half-written in it", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, ".checkpoint.4194305.abcdefgh.tmp"), "half");
    writeFileSync(join(folder, ".log.4194305.abcdefgh.tmp"), "half");
    record(folder, "one\n", "two\n");
    expect(readdirSync(folder).toSorted()).toEqual(["checkpoint", "log"]);
  });

  it("sets aside what it cannot make sense of, and gives back what is whole in it", () => {
    const folder = tempFolder();
    grow(folder, 5);
    const log = readFileSync(join(folder, "log"), "utf8");
    const broken = log.split("\n").map((line, i) => (i === 2 ? line.replace(/"delta":.*/, '"delta":[null]}') : line));
    writeFileSync(join(folder, "log"), broken.join("\n"));
    expect(findText(folder, 1)).toBe("begin\n");
    expect(findText(folder, 6)).toBeUndefined();
    const origin = { time, command: "update", node: "a" };
    const recorded = {
      before: Buffer.from("x\n"),
      found,
      after: [Buffer.from("y\n")],
      delta: deltaOf("x\n", "y\n"),
      origin,
    };
    expect(recordVersion(folder, recorded)).toEqual({ version: 8, isDamaged: true });
    const aside = readdirSync(folder).filter((name) => name.startsWith("log.damaged-"));
    expect(aside.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual([broken.join("\n")]);
    expect(hasDamaged(folder)).toBe(true);
    expect(recordVersion(folder, { ...recorded, before: Buffer.from("y\n"), after: [Buffer.from("z\n")] })).toEqual({
      version: 9,
      isDamaged: false,
    });
  });

  it("keeps a full copy of every 64th version, and steps from it", () => {
    const folder = tempFolder();
    const copy = () => Number.parseInt(readFileSync(join(folder, "checkpoint"), "utf8"), 10);
    let text = grow(folder, 62);
    expect([readVersions(folder).length, copy()]).toEqual([63, 1]);
    for (const [version, expected] of [
      [64, 64],
      [65, 64],
    ] as const) {
      record(folder, text, `${text}${version}\n`);
      text += `${version}\n`;
      expect([readVersions(folder).at(-1)?.version, copy()]).toEqual([version, expected]);
    }
    expect(findText(folder, 1)).toBe("begin\n");
    expect(findText(folder, 65)).toBe(text);
  });

  it("tells texts apart by all of their characters", () => {
    const folder = tempFolder();
    record(folder, "one\n", "two\n");
    expect(["two\n", "owt\n", "two", "two\n\n"].map((text) => isNewest(folder, Buffer.from(text)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("forgets what is older than a gap, and adds no empty lines", () => {
    const folder = tempFolder();
    const text = grow(folder, 5);
    const lines = readFileSync(join(folder, "log"), "utf8").split("\n");
    writeFileSync(join(folder, "log"), lines.filter((_, i) => i !== 2).join("\n"));
    expect(readVersions(folder).map(({ version }) => version)).toEqual([4, 5, 6]);
    appendFileSync(join(folder, "log"), "half a li");
    record(folder, text, `${text}more\n`);
    record(folder, `${text}more\n`, text);
    const log = readFileSync(join(folder, "log"), "utf8");
    expect(log).not.toMatch(/\n\n/);
    expect(log.split("\n")).toHaveLength(9);
    expect(readVersions(folder).map(({ version }) => version)).toEqual([4, 5, 6, 7, 8]);
  });

  it("gives nothing back without its full copy", () => {
    const folder = tempFolder();
    grow(folder, 5);
    writeFileSync(join(folder, "checkpoint"), "1");
    expect(findText(folder, 1)).toBeUndefined();
    rmSync(join(folder, "checkpoint"));
    expect(findText(folder, 6)).toBeUndefined();
  });

  it("begins anew when it is damaged, and never gives back a wrong text", () => {
    const folder = tempFolder();
    grow(folder, 5);
    writeFileSync(join(folder, "checkpoint"), "1\nsomething else\n");
    expect(findText(folder, 3)).toBeUndefined();
    record(folder, "by hand\n", "next\n");
    expect(findText(folder, readVersions(folder).at(-1)?.version as number)).toBe("next\n");
    expect(readVersions(folder)[0]).toMatchObject({ version: 7, command: null });
  });

  it.each(["garbage\n", "2\nsomething else\n", "99\nx\n", ""])(
    "makes a full copy anew with the next version when that is damaged (%j), and so gives back those before",
    (copy) => {
      const folder = tempFolder();
      const last = grow(folder, 5);
      writeFileSync(join(folder, "checkpoint"), copy);
      expect(findText(folder, 1)).toBeUndefined();
      record(folder, last, `${last}more\n`);
      expect(hasDamaged(folder)).toBe(false);
      expect([1, 2, 6, 7].map((version) => findText(folder, version))).toEqual([
        "begin\n",
        "begin\nline 0\n",
        last,
        `${last}more\n`,
      ]);
    },
  );

  it("leaves out lines that are no versions", () => {
    const folder = tempFolder();
    grow(folder, 2);
    appendFileSync(join(folder, "log"), '{"version":"x"}\nnoise\n');
    expect(readVersions(folder)).toHaveLength(3);
    rmSync(join(folder, "log"));
    expect(readVersions(folder)).toEqual([]);
  });
});
