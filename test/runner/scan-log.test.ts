import { appendFileSync, closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lastLines, latestMetric, scanLog } from "../../src/runner/scan-log.ts";
import { size } from "../proofs/proof.ts";
import { runCommand } from "../run-program.ts";
import { tempFolder } from "../temp-repository.ts";

function logOf(text: string | Buffer): string {
  const path = join(tempFolder(), "log");
  writeFileSync(path, text);
  return path;
}

const values = (source: { readonly values: ReadonlyMap<string, { readonly text: string }> }) =>
  Object.fromEntries([...source.values].map(([name, { text }]) => [name, text]));

describe("scanLog", () => {
  it("finds nothing in an empty log", () => {
    const found = scanLog(logOf(""));
    expect([values(found.metricLines), values(found.summary), values(found.patterns), found.lastLine]).toEqual([
      {},
      {},
      {},
      "",
    ]);
  });

  it.each([
    ["METRIC a=1", { a: "1" }],
    ["  METRIC\ta = 1  ", { a: "1" }],
    ["METRIC val/acc@1=+1.5E-3", { "val/acc@1": "+1.5E-3" }],
    ["METRIC a=1\rMETRIC b=2\r\nMETRIC c=3", { a: "1", b: "2", c: "3" }],
    ["\u001b[1;32mMETRIC a=1\u001b[0m", { a: "1" }],
    ["METRIC größe=1", { größe: "1" }],
    ["xMETRIC a=1", {}],
    ["METRICa=1", {}],
    ["METRIC a=1 b=2", { a: "1 b=2" }],
    ["METRIC a=", { a: "" }],
    ["METRIC =1", {}],
    ["metric a=1", {}],
  ])("reads %j", (line, expected) => {
    expect(values(scanLog(logOf(`x\n${line}\ny\n`)).metricLines)).toEqual(expected);
    expect(values(scanLog(logOf(line)).metricLines)).toEqual(expected);
  });

  it("takes the lines after the last ---, and only those that are a name and a value", () => {
    const log = "a: 1\n---\na: 2\nb: 3\n--- \na: 4\nc d: 5\ne: 6 7\nf:8\n----\ng:  9e1\n";
    expect(values(scanLog(logOf(log)).summary)).toEqual({ a: "4", f: "8", g: "9e1" });
    expect(values(scanLog(logOf("---\na: 1\n---\n")).summary)).toEqual({});
  });

  it("applies the tree's expressions to each line, and takes the first group, or all of it", () => {
    const patterns = new Map([
      ["a", /acc ([\d.]+)/],
      ["b", /\d+$/],
    ]);
    expect(values(scanLog(logOf("acc 0.1\nacc 0.2 of 7\n"), patterns).patterns)).toEqual({ a: "0.2", b: "7" });
  });

  it("gives the last line that is not empty, without colours", () => {
    expect(scanLog(logOf('x\n\u001b[1m{"a": 1}\u001b[0m  \n\n \n')).lastLine).toBe('{"a": 1}');
  });

  it("passes over a line that is too long, and reads what stands behind it", () => {
    for (const length of [1024 * 1024 - 1, 1024 * 1024 + 1, 1_300_000, 3_000_000]) {
      const log = logOf(`METRIC a=1\n${"x".repeat(length)}METRIC b=2\nMETRIC c=3\n`);
      expect(values(scanLog(log).metricLines), `${length}`).toEqual({ a: "1", c: "3" });
      const last = logOf(`METRIC a=1\n${"x".repeat(length)}`);
      expect(values(scanLog(last).metricLines), `${length}`).toEqual({ a: "1" });
    }
  });

  it("finds lines wherever the pieces end in which it reads", () => {
    const line = "METRIC abc=0.123456789\n";
    for (const before of [262_144 - 30, 262_144 - 10, 262_144 - 1, 262_144, 2 * 262_144 - 5]) {
      const log = logOf(`${"y".repeat(40)}\n`.repeat(before / 41 + 1).slice(-before) + line);
      expect(values(scanLog(log).metricLines), `${before}`).toEqual({ abc: "0.123456789" });
    }
  });

  it("takes bytes that are no text for what they are", () => {
    const log = logOf(Buffer.concat([Buffer.from([0, 255, 254, 10]), Buffer.from("METRIC a=1\n"), Buffer.from([195])]));
    expect(values(scanLog(log).metricLines)).toEqual({ a: "1" });
  });

  it("costs little memory for a log of gigabytes", () => {
    const gigabytes = size({ ci: 1, long: 4 });
    const path = join(tempFolder(), "log");
    const file = openSync(path, "w");
    writeSync(file, "METRIC a=1\n");
    // Zeros take no room on the disk.
    ftruncateSync(file, gigabytes * 1024 ** 3);
    closeSync(file);
    appendFileSync(path, "\nMETRIC b=2\n");
    const script = `import("${join(import.meta.dirname, "../../dist/runner/scan-log.js")}").then(({ scanLog }) => {
      console.log([...scanLog("${path}").metricLines.values.keys()].join(), process.resourceUsage().maxRSS);
    })`;
    const [names, kilobytes] = runCommand(process.execPath, ["-e", script], { cwd: "/" }).stdout.split(" ");
    expect(names).toBe("a,b");
    expect(Number(kilobytes)).toBeLessThan(100 * 1024);
  });
});

describe("latestMetric", () => {
  it("is the one that was written last", () => {
    expect(latestMetric(logOf("METRIC a=1\nMETRIC b=2\nx\n"))).toEqual({ name: "b", text: "2" });
    expect(latestMetric(logOf("x\n"))).toBeUndefined();
    expect(latestMetric("/nowhere/log")).toBeUndefined();
  });
});

describe("lastLines", () => {
  it("gives as many as are wanted, without empty ones at the end", () => {
    expect(lastLines(logOf("a\nb\nc\n\n"), 2)).toEqual(["b", "c"]);
    expect(lastLines(logOf("a"), 5)).toEqual(["a"]);
    expect(lastLines(logOf(""), 5)).toEqual([]);
    expect(lastLines("/nowhere/log", 5)).toEqual([]);
  });

  it("cuts a long line", () => {
    expect(lastLines(logOf("x".repeat(1e6)), 1)[0]).toHaveLength(2_000);
  });
});
