import type { TreeError } from "../errors.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import type { Results } from "../tree/results.ts";
import { renderTask, type Task } from "./awaited.ts";
import { renderDuration, renderValue } from "./number.ts";
import { renderResults } from "./results.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";

interface RunFacts {
  readonly id: string;
  readonly attempts: readonly AttemptFacts[];
  readonly awaited?: Task | undefined;
  readonly error?: TreeError | undefined;
}

interface AttemptFacts {
  readonly attempt: number;
  readonly node: IterationNode;
  readonly outcome: string | undefined;
  readonly origins: readonly { readonly metric: string; readonly source: string }[];
  /** The end of the log of one that failed. */
  readonly tail: readonly string[];
}

/** One line a node; the end of the log of each that failed, because that is what is needed next. */
export function renderRun(runs: readonly RunFacts[], theme: Theme): string {
  if (runs.length === 0) return "No nodes to run.";
  return runs.map((run) => renderNode(run, theme)).join("\n");
}

function renderNode({ id, attempts, awaited, error }: RunFacts, theme: Theme): string {
  const last = attempts.at(-1);
  const lines = last ? [last.outcome === "completed" ? completed(attempts, last, theme) : failed(id, last, theme)] : [];
  if (awaited) lines.push(renderTask(awaited, theme));
  if (error) {
    lines.push(`${theme.bad("Not run:")} ${safeText(id)} ${safeText(error.message)}`);
    if (error.hint) lines.push(`  ${theme.dim("hint:")} ${safeText(error.hint)}`);
  }
  return lines.join("\n");
}

function completed(attempts: readonly AttemptFacts[], { node, origins, attempt }: AttemptFacts, theme: Theme): string {
  const seconds = attempts.reduce((sum, { node: each, attempt: number }) => sum + (secondsOf(each, number) ?? 0), 0);
  const samples = samplesOf(node);
  const times = samples > 1 ? `, ${samples} samples` : "";
  const sources = [...new Set(origins.map(({ source }) => source))].join(", ");
  const what = node.results ? renderResults(node.results) : `attempt ${attempt}`;
  return `${theme.good("Completed:")} ${safeText(node.node_id)} ${what}${times} in ${renderDuration(seconds)}${sources && `, from ${safeText(sources)}`}`;
}

function samplesOf({ results }: IterationNode): number {
  const samples = results?.objectives ? results.objectives[0]?.samples : results?.["samples"];
  return Array.isArray(samples) ? samples.length : 1;
}

function failed(id: string, { node, attempt, outcome, tail }: AttemptFacts, theme: Theme): string {
  const seconds = secondsOf(node, attempt);
  const took = seconds === undefined ? "" : ` after ${renderDuration(seconds)}`;
  const head = `${theme.bad("Failed:")} ${safeText(id)} attempt ${attempt}${took}: ${safeText(node.before_prune?.reason ?? node.reason ?? outcome ?? "")}`;
  return [head, ...renderTail(tail, theme)].join("\n");
}

/** Every line of it is marked, so that none passes for a word of ours. */
export function renderTail(tail: readonly string[], theme: Theme): readonly string[] {
  return tail.map((line) => `${theme.dim("|")} ${safeText(line)}`);
}

function secondsOf({ attempts }: IterationNode, attempt: number): number | undefined {
  return attempts?.find(({ id }) => id === attempt)?.seconds ?? undefined;
}

/** The same for a program. */
export function runAnswer(runs: readonly RunFacts[]) {
  return runs.map(({ id, attempts, awaited, error }) => ({
    node_id: id,
    status: attempts.at(-1)?.node.status ?? (awaited ? ("waiting" as const) : null),
    results: attempts.at(-1)?.node.results ?? null,
    reason: attempts.at(-1)?.node.before_prune?.reason ?? attempts.at(-1)?.node.reason ?? null,
    attempts: attempts.map(({ node, attempt, origins, tail }) => ({
      ...node.attempts?.find((each) => each.id === attempt),
      origins,
      ...(tail.length > 0 && { log_tail: tail }),
    })),
    ...(awaited && { awaited }),
    ...(error && { error: { code: error.code, message: error.message, hint: error.hint } }),
  }));
}

interface ExtractedFacts {
  readonly results: Results;
  readonly origins: readonly { readonly metric: string; readonly source: string }[];
}

/** What becomes results and where it comes from; then what else was measured. */
export function renderExtracted({ results, origins }: ExtractedFacts): string {
  const sources = [...new Set(origins.map(({ source }) => source))].join(", ");
  const others = Object.entries(results.metrics ?? {}).map(
    ([name, value]) => `${safeText(name)}=${renderValue(value)}`,
  );
  const lines = [`${renderResults(results)}, from ${safeText(sources)}`];
  return [...lines, ...(others.length > 0 ? [`metrics: ${others.join(", ")}`] : [])].join("\n");
}
