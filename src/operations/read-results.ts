import { readFileSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { InvalidResultsError, NotFoundError, UsageError } from "../errors.ts";
import { emptyTree, type IterationTree } from "../tree/iteration-tree.ts";
import { findTreeObjective } from "../tree/objective.ts";
import { type Direction, findObjective, type Results } from "../tree/results.ts";

/** How a caller gives results: `--results` (inline YAML or JSON, a file's path, or `-`), or `--metric name=value` once or more. */
export interface ResultsInput extends TextInput {
  readonly results?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly direction?: Direction | undefined;
}

/** Where what a caller names is found. */
export interface TextInput {
  readonly cwd: string;
  readonly readStdin: () => Promise<string>;
}

/** The results that were given, checked; undefined when there were none. A tree that has the metric lends its direction. Throws UsageError, NotFoundError, InvalidResultsError. */
export async function readResults(
  input: ResultsInput,
  load: () => Promise<IterationTree>,
): Promise<Results | undefined> {
  const { results, metric = [] } = input;
  if (results !== undefined && metric.length > 0) throw new UsageError("Give either --results or --metric, not both");
  if (metric.length > 0) {
    const tree = input.direction === undefined ? await load() : emptyTree;
    const { parseResults } = await import("../tree/results-schema.ts");
    return parseResults(fromMetrics(metric, input.direction, tree));
  }
  if (results === undefined) return undefined;
  if (input.direction)
    throw new UsageError("--direction goes with --metric; --results has its own", {
      hint: "Put the direction into the results.",
    });
  const { text, name } = await readText(results, input);
  const { parseResultsText } = await import("../store/parse-results.ts");
  return parseResultsText(text, name);
}

/** The text of what `--results` names, and a name for messages. Throws UsageError, NotFoundError. */
export async function readText(
  given: string,
  { cwd, readStdin }: TextInput,
): Promise<{ readonly text: string; readonly name: string }> {
  if (given === "-") return { text: await readStdin(), name: "standard input" };
  if (given.trim() === "") throw new UsageError("--results is empty", { hint: inlineHint });
  const path = resolve(cwd, given);
  const stat = looksLikePath(given) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat?.isFile() || stat?.isFIFO()) return { text: readFileSync(path, "utf8"), name: basename(path) };
  if (/[:{\n]/.test(given)) return { text: given, name: "--results" };
  const what = stat?.isDirectory() ? "a folder" : "neither a file nor YAML";
  throw new NotFoundError(`--results ${JSON.stringify(given)} is ${what}`, { hint: inlineHint });
}

const inlineHint =
  "Give a file's path, `-` for standard input, or inline: --results '{primary_metric: accuracy, primary_value: 0.92, direction: maximize}'";

/** Too long a name, or one with a line break, is text. */
function looksLikePath(given: string): boolean {
  return given.length < 250 && !given.includes("\n") && !given.includes("\0");
}

/** `accuracy=0.92` with the direction given, else the one that the tree has for it. */
function fromMetrics(pairs: readonly string[], direction: Direction | undefined, tree: IterationTree): unknown {
  const objective = findTreeObjective(tree);
  const parsed = pairs.map((pair) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (!name)
      throw new UsageError(`Bad --metric ${JSON.stringify(pair)}`, {
        hint: "Write it as name=value: --metric accuracy=0.92",
      });
    const own = direction ?? (objective?.metric === name ? objective.direction : knownDirection(tree, name));
    if (!own) {
      throw new InvalidResultsError(`direction of '${name}': expected 'maximize' or 'minimize', received nothing`, {
        hint: "Add --direction maximize or --direction minimize.",
      });
    }
    return { metric: name, value: numberOf(value as string), direction: own };
  });
  const [first] = parsed;
  if (parsed.length > 1) return { objectives: parsed };
  return { primary_metric: first?.metric, primary_value: first?.value, direction: first?.direction };
}

/** The direction in which the metric was first recorded. */
function knownDirection(tree: IterationTree, metric: string): Direction | undefined {
  return tree.nodes.map((node) => findObjective(node.results, metric)?.direction).find((each) => each !== undefined);
}

/** What is no number stays text, so that the error can show it. */
function numberOf(text: string): number | string {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : text;
}
