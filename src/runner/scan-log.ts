import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type MeasuredSource, type Measurement, parseMeasurement } from "../tree/measurement.ts";

/** What a log says; `lastLine` is its last line that is not empty, without colours. */
export interface LogFindings {
  readonly metricLines: MeasuredSource;
  /** the lines `key: value` after the last line that is `---` */
  readonly summary: MeasuredSource;
  readonly patterns: MeasuredSource;
  readonly lastLine: string;
}

/** The name of a metric, and an expression whose first group, or whose whole match, is its value. */
export type Patterns = ReadonlyMap<string, RegExp>;

const chunkSize = 256 * 1024;
/** Bytes beyond which a line is taken for no line of text, and passed over. */
const longestLine = 1024 * 1024;
/** Characters to which an expression is applied: with more, a bad one may take for ever. */
const longestMatched = 2_000;

/** Reads a log of any size in pieces. Of a name that is said again the last value counts. */
export function scanLog(path: string, patterns: Patterns = new Map()): LogFindings {
  const scan = newScan(patterns);
  const file = openSync(path, "r");
  try {
    for (const segment of segmentsOf(file)) scan.take(segment);
    return { ...scan.found(), lastLine: lastLineOf(file) };
  } finally {
    closeSync(file);
  }
}

/** Pieces of whole lines; a line that is too long is left out. */
function* segmentsOf(file: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(longestLine + chunkSize);
  let [kept, isSkipping] = [0, false];
  for (;;) {
    const count = readSync(file, buffer, kept, chunkSize, null);
    const filled = buffer.subarray(0, kept + count);
    const end = count === 0 ? filled.length : filled.lastIndexOf("\n") + 1;
    if (end > 0) {
      // What is left of a line that began too long ago ends with the first line break.
      const begin = isSkipping ? filled.indexOf("\n") + 1 || end : 0;
      yield filled.subarray(begin, end);
      isSkipping = false;
    }
    if (count === 0) return;
    kept = filled.length - end;
    buffer.copyWithin(0, end, filled.length);
    if (kept > longestLine || isSkipping) [kept, isSkipping] = [0, true];
  }
}

function newScan(patterns: Patterns) {
  const [metrics, matched] = [new Map<string, Measurement>(), new Map<string, Measurement>()];
  let summary: Map<string, Measurement> | undefined;
  const takeLine = (line: string) => {
    const [, metric, value] = metricLine.exec(line) ?? [];
    if (metric && value !== undefined) keep(metrics, metric, value);
    if (/^---\s*$/.test(line)) summary = new Map();
    else if (summary) {
      const [, key, said] = /^([A-Za-z_][\w./@-]*)\s*:\s*(\S+)\s*$/.exec(line) ?? [];
      if (key && said) keep(summary, key, said);
    }
    for (const [name, pattern] of patterns) {
      const match = pattern.exec(line.slice(0, longestMatched));
      if (match) keep(matched, name, match[1] ?? match[0]);
    }
  };
  return {
    take(segment: Buffer) {
      // Most of a long log says nothing of this kind, and to cut it into lines would take most of the time.
      if (!summary && patterns.size === 0 && !segment.includes("METRIC") && !segment.includes("---")) return;
      for (const line of segment.toString("utf8").split(lineBreak)) takeLine(plainText(line));
    },
    found: () => ({
      metricLines: { name: "METRIC lines", values: metrics },
      summary: { name: "the summary after ---", values: summary ?? new Map() },
      patterns: { name: "metrics.patterns", values: matched },
    }),
  };
}

/** A progress bar returns to the beginning of its line. */
const lineBreak = /\r\n|\n|\r/;
const metricLine = /^\s*METRIC\s+([^\s=]+)\s*=(.*)$/;

/** More names than anybody reads are no metrics. */
const mostNames = 1_000;

function keep(into: Map<string, Measurement>, name: string, said: string): void {
  if (into.size >= mostNames && !into.has(name)) return;
  const text = said.trim().slice(0, 100);
  // A value that is no number is none: the one before it must not pass for the last.
  into.set(name, parseMeasurement(text) ?? { value: Number.NaN, text });
}

/** Colours, and what else a program tells a terminal: an escape character, parameters, a letter (ECMA-48, 5.4). */
const control = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

function plainText(line: string): string {
  return line.replace(control, "");
}

function lastLineOf(file: number): string {
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(size, longestLine));
  readSync(file, tail, 0, tail.length, size - tail.length);
  const lines = tail.toString("utf8").split(lineBreak);
  return plainText(lines.findLast((line) => line.trim() !== "") ?? "").trim();
}

/** The METRIC line that was written last; undefined when the end of the log has none. */
export function latestMetric(path: string): { readonly name: string; readonly text: string } | undefined {
  const [name, text] =
    tailOf(path, 8192)
      .split(lineBreak)
      .map((line) => metricLine.exec(plainText(line))?.slice(1) ?? [])
      .findLast(([each]) => each !== undefined) ?? [];
  return name !== undefined && text !== undefined ? { name, text: text.trim() } : undefined;
}

/** The last `bytes` of a log; empty when there is none. A character may be cut in two. */
export function tailOf(path: string, bytes: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { size } = fstatSync(file);
    const tail = Buffer.alloc(Math.min(size, bytes));
    const read = readSync(file, tail, 0, tail.length, size - tail.length);
    return tail.toString("utf8", 0, read);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Bytes of a line that are worth showing. */
const shownLine = 2_000;
/** Bytes of a log that are read at once to be shown. */
const mostShown = 8 * 1024 * 1024;

/** The last lines of a log, without empty ones at its end; very long ones are cut. */
export function lastLines(path: string, count: number): readonly string[] {
  const lines = tailOf(path, Math.min(count * shownLine, mostShown))
    .trimEnd()
    .split(lineBreak);
  return lines.length === 1 && lines[0] === "" ? [] : lines.slice(-count).map((line) => line.slice(0, shownLine));
}
