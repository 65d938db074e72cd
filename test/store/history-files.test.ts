import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deltaOf } from "../../src/store/delta.ts";
import { isNewest, keptVersions, readVersions, recordVersion } from "../../src/store/history.ts";
import { findEnds, lastLine, parseEntry, readCheckpoint, readLog } from "../../src/store/history-files.ts";
import { aroundFs, failFs, restoreCalls } from "../system/with-fault.ts";
import { tempFolder } from "../temp-repository.ts";

const time = "2026-01-02T03:04:05Z";
const found = { time, command: null, node: null };

class Growing {
  readonly folder = tempFolder();
  text = "begin\n";

  /** Adds a line. Returns how often the log was read whole, and how often something was flushed. */
  record(line = "x\n"): { readonly reads: number; readonly flushes: number } {
    const counts = { reads: 0, flushes: 0 };
    aroundFs("readFileSync", (call, args) => {
      if (args[0] === join(this.folder, "log")) counts.reads++;
      return call(...args);
    });
    aroundFs("fsyncSync", (call, args) => {
      counts.flushes++;
      return call(...args);
    });
    const [before, after] = [this.text, this.text + line];
    const delta = deltaOf(before, after);
    const origin = { time, command: "update", node: "a" };
    recordVersion(this.folder, { before: Buffer.from(before), found, after: [Buffer.from(after)], delta, origin });
    restoreCalls();
    this.text = after;
    return counts;
  }

  get newest(): number | undefined {
    return readVersions(this.folder).at(-1)?.version;
  }

  get copied(): number | undefined {
    return readCheckpoint(this.folder)?.version;
  }
}

function grown(count: number, line?: string): Growing {
  const history = new Growing();
  while (history.newest === undefined || history.newest < count) history.record(line);
  return history;
}

const quick = { reads: 0, flushes: 0 };

describe("a change", () => {
  it.each([
    ["short", "x\n"],
    ["of many kilobytes, more than is looked at of the log", `${"x".repeat(9_000)}\n`],
  ])("reads no more of a log than its ends, and flushes nothing: lines that are %s", (_, line) => {
    const history = grown(12, line);
    expect(statSync(join(history.folder, "log")).size > 65_536).toBe(line.length > 9_000);
    expect(history.record(line)).toEqual(quick);
    expect(history.record(line)).toEqual(quick);
    let reads = 0;
    aroundFs("readFileSync", (call, args) => {
      reads++;
      return call(...args);
    });
    expect([isNewest(history.folder, Buffer.from(history.text)), reads]).toEqual([true, 0]);
    expect(isNewest(history.folder, Buffer.from(`${history.text} `))).toBe(false);
    restoreCalls();
    expect([history.newest, history.copied]).toEqual([14, 1]);
  });

  it("reads it, and makes a full copy, with every 64th version: first the line is on the disk, then the copy", () => {
    const history = grown(63);
    expect(history.record()).toEqual({ reads: 1, flushes: 3 });
    expect([history.newest, history.copied]).toEqual([64, 64]);
    expect(history.record()).toEqual(quick);
    expect([history.newest, history.copied]).toEqual([65, 64]);
  });

  it("is quick also where the copy is of the first version that is kept, or of the last one", () => {
    const history = grown(64);
    writeFileSync(
      join(history.folder, "log"),
      readFileSync(join(history.folder, "log"), "utf8").replace(/^(.*\n){63}/, ""),
    );
    expect(readVersions(history.folder)).toHaveLength(1);
    expect(history.record()).toEqual(quick);
    expect(history.record()).toEqual(quick);
  });

  it.each<[string, (copy: string, bytes: string) => string]>([
    ["is cut off", (_, bytes) => bytes.slice(0, -1)],
    ["is longer than it says", (_, bytes) => `${bytes}x`],
    ["is no copy", () => "x 1\ny"],
    ["is of a version that is to come", (_, bytes) => bytes.replace(/^\d+/, "99")],
    ["is of one that is forgotten", (_, bytes) => bytes.replace(/^\d+/, "0")],
  ])("makes the full copy anew when that %s", (_, damage) => {
    const history = grown(5);
    const path = join(history.folder, "checkpoint");
    const bytes = readFileSync(path, "latin1");
    writeFileSync(path, damage(bytes, bytes), "latin1");
    expect(history.record()).toMatchObject({ reads: 1 });
    expect([history.newest, history.copied]).toEqual([6, 6]);
    expect(readCheckpoint(history.folder)?.text.toString()).toBe(history.text);
    expect(history.record()).toEqual(quick);
  });

  it("drops the old ones when there are twice as many as are kept", () => {
    const history = grown(2 * keptVersions);
    const kept = () => readVersions(history.folder).length;
    expect(kept()).toBe(2 * keptVersions);
    expect([history.record().reads, kept()]).toEqual([1, keptVersions]);
    expect([history.record(), kept()]).toEqual([quick, keptVersions + 1]);
    expect(history.newest).toBe(2 * keptVersions + 2);
  });

  it("fails, and says so, when a line is not written whole though the system said so", () => {
    const history = grown(3);
    aroundFs("writeSync", (call, args) => {
      call(args[0], args[1], args[2], 5);
      return (args[1] as Buffer).length - (args[2] as number);
    });
    const bytes = Buffer.from(history.text);
    const recorded = { before: bytes, found, after: [bytes], delta: [], origin: found };
    expect(() => recordVersion(history.folder, recorded)).toThrow(
      expect.objectContaining({ code: "EIO", message: "a short write" }),
    );
  });
});

describe("what the disk refuses", () => {
  it("is no empty history", () => {
    const { folder } = grown(3);
    failFs("openSync", "EACCES", { times: 1 });
    expect(() => findEnds(join(folder, "log"))).toThrow("EACCES");
    failFs("readFileSync", "EIO", { times: 1 });
    expect(() => readCheckpoint(folder)).toThrow("EIO");
    expect([findEnds(join(folder, "none")), readCheckpoint(join(folder, "none"))]).toEqual([undefined, undefined]);
  });
});

describe("findEnds", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])("gives the first and the last 64 kB of %d bytes", (size) => {
    const path = join(tempFolder(), "file");
    const text = Array.from({ length: 30_000 }, (_, i) => `${i}\n`)
      .join("")
      .slice(0, size);
    writeFileSync(path, text);
    expect(text.length).toBe(Math.min(size, 168_890));
    expect(findEnds(path)).toEqual({ first: text.slice(0, 65_536), last: text.slice(-65_536), size: text.length });
  });
});

describe("lines of the log", () => {
  it("are versions only when they have what a version has", () => {
    const entry = { version: 1, time, delta: [] };
    expect(parseEntry(JSON.stringify(entry))).toEqual([entry]);
    expect(parseEntry(JSON.stringify({ ...entry, delta: "packed" }))).toHaveLength(1);
    for (const odd of [
      { version: "1" },
      { version: 1.5 },
      { time: 7 },
      { delta: 7 },
      { delta: {} },
      { delta: undefined },
    ])
      expect(parseEntry(JSON.stringify({ ...entry, ...odd })), JSON.stringify(odd)).toEqual([]);
    for (const line of ["", "null", "{", "7"]) expect(parseEntry(line), line).toEqual([]);
  });

  it("end with a line break, but for one that was cut off", () => {
    const folder = tempFolder();
    const logIs = (text: string) => {
      writeFileSync(join(folder, "log"), text);
      const { isTorn, bytes } = readLog(folder);
      return [isTorn, bytes];
    };
    expect([logIs(""), logIs("é\n"), logIs("\nx"), logIs("x")]).toEqual([
      [false, 0],
      [false, 3],
      [true, 2],
      [true, 1],
    ]);
    expect(["a\nbc\n", "bc\n", "\n", "a\n\n"].map(lastLine)).toEqual(["bc", "bc", "", ""]);
  });
});

describe("readCheckpoint", () => {
  it("is nothing where no version is named", () => {
    const { folder } = grown(3);
    for (const text of ["", "1", "\nx"]) {
      writeFileSync(join(folder, "checkpoint"), text);
      expect(readCheckpoint(folder), text).toBeUndefined();
    }
    writeFileSync(join(folder, "checkpoint"), "7 1\nx");
    expect(readCheckpoint(folder)).toMatchObject({ version: 7 });
    truncateSync(join(folder, "checkpoint"), 0);
    expect(readCheckpoint(folder)).toBeUndefined();
  });
});
