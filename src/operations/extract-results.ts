import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidResultsError, NotFoundError } from "../errors.ts";
import { type LogFindings, type Patterns, scanLog } from "../runner/scan-log.ts";
import { patternsOf } from "../tree/check-settings.ts";
import { type DecidedResults, decideResults } from "../tree/decide-results.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import type { MeasuredSource } from "../tree/measurement.ts";
import { findObjectives } from "../tree/objective.ts";
import type { Objective } from "../tree/results.ts";

/** Where an experiment may have said what it measured. */
export interface ExtractRequest {
  /** absolute */
  readonly log: string;
  /** Files for results that were written since the run began, absolute, with their names for messages. */
  readonly resultsFiles: readonly { readonly path: string; readonly name: string }[];
  /** Instead of the tree's. */
  readonly objectives?: readonly Objective[] | undefined;
}

/** Larger than any results, and small enough to read. */
const mostBytes = 1_000_000;

/** What an experiment measured, by what its results file or its log says. Throws InvalidResultsError, which says what is missing or wrong. */
export async function extractResults(
  tree: IterationTree,
  { log, resultsFiles, objectives = findObjectives(tree) }: ExtractRequest,
): Promise<DecidedResults> {
  const files: MeasuredSource[] = [];
  for (const { path, name } of resultsFiles) {
    const text = findText(path, name);
    if (text !== undefined) files.push(await parseMeasured(text, name));
  }
  const { metricLines, summary, patterns, lastLine } = scanInTime(log, patternsOf(tree));
  const json = isJson(lastLine) ? await parseLastLine(lastLine) : [];
  const sources = [...files, metricLines, summary, ...json, patterns];
  return decideResults(sources, objectives);
}

/** The same for a log that somebody names. Throws NotFoundError, InvalidResultsError. */
export function extractLog(tree: IterationTree, named: string, cwd: string): Promise<DecidedResults> {
  return extractResults(tree, { log: requireFile(cwd, named, "The log"), resultsFiles: [] });
}

/** The absolute path of a file that a caller names. Throws NotFoundError. */
export function requireFile(cwd: string, named: string, what: string): string {
  const path = resolve(cwd, named);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  throw new NotFoundError(`${what} ${JSON.stringify(named)} is no file`, { hint: `Looked for ${path}` });
}

/** Seconds that the tree's expressions may take for a log, and for each of its 10 MB. */
const [patience, perLength] = [5, 1];

/** A bad expression may take longer than anybody waits, and nothing else ends it. */
function scanInTime(log: string, patterns: Patterns): LogFindings {
  if (patterns.size === 0) return scanLog(log);
  const timeout = 1000 * (patience + (perLength * statSync(log).size) / 1e7);
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  try {
    return runInNewContext(
      "scan()",
      { scan: () => scanLog(log, patterns) },
      { timeout: Math.ceil(timeout) },
    ) as LogFindings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new InvalidResultsError(`metrics.patterns took longer than ${Math.ceil(timeout / 1000)} s for the log`, {
      hint: "Write expressions that do not repeat what repeats, such as (a+)+.",
    });
  }
}

/** A last line that only looks like an object says nothing. Python writes NaN and Infinity, too. */
function isJson(line: string): boolean {
  if (!/^\{.*\}$/.test(line)) return false;
  try {
    JSON.parse(line.replace(/\b(NaN|-?Infinity)\b/g, "null"));
    return true;
  } catch {
    return false;
  }
}

/** Only an object that says what it means counts: a last line may be about anything. */
async function parseLastLine(line: string): Promise<readonly MeasuredSource[]> {
  try {
    return [await parseMeasured(line, "the last line")];
  } catch (error) {
    if (error instanceof InvalidResultsError) return [];
    throw error;
  }
}

/** Loaded by need: most experiments write lines. */
async function parseMeasured(text: string, name: string): Promise<MeasuredSource> {
  const { parseMeasured: parse } = await import("../store/parse-measured.ts");
  return parse(text, name);
}

export function findText(path: string, name: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (!stat.isFile()) throw new InvalidResultsError(`${name} is no file`);
  if (stat.size > mostBytes) throw new InvalidResultsError(`${name} has ${stat.size} bytes; expected a few numbers`);
  return readFileSync(path, "utf8");
}
