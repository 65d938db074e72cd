import { InvalidResultsError } from "../errors.ts";
import { agrees, type DeclaredObjective, type MeasuredSource, type Measurement } from "./measurement.ts";
import type { Objective, Results } from "./results.ts";

/** What an experiment measured, decided among all that it said. */
export interface DecidedResults {
  readonly results: Results;
  /** Each objective, and which source it comes from. */
  readonly origins: readonly { readonly metric: string; readonly source: string }[];
}

/**
 * The results among what the `sources` say, of which the first one that has a metric decides. Only `objectives` (the first
 * one is primary) become results, unless a source says itself what they are; what else was measured goes to `metrics`.
 * Throws InvalidResultsError where an objective is missing or no finite number, or two sources disagree on it.
 */
export function decideResults(sources: readonly MeasuredSource[], objectives: readonly Objective[]): DecidedResults {
  const own = sources.find(({ declared }) => declared);
  const wanted: readonly DeclaredObjective[] = own?.declared ?? objectives;
  const primary = wanted[own?.primaryIndex ?? 0];
  if (!primary) throw new InvalidResultsError("It is not known what is measured", { hint: objectiveHint });
  const found = wanted.flatMap((objective) => {
    const decided = decide(sources, objective.metric);
    if (decided) return [{ ...objective, ...decided }];
    if (objective === primary || own) throw missing(sources, objective.metric);
    return [];
  });
  const metrics = otherMetrics(sources, new Set(wanted.map(({ metric }) => metric)));
  const origins = found.map(({ metric, source }) => ({ metric, source }));
  return { results: { ...resultsOf(found, primary), ...(metrics && { metrics }) }, origins };
}

const objectiveHint = "Say it once, with `run --objective METRIC:maximize`, or as `objective` in the tree file.";

interface Found extends DeclaredObjective {
  readonly value: number;
  readonly source: string;
}

function resultsOf(found: readonly Found[], primary: Objective): Results {
  const [first] = found;
  if (found.length === 1 && first) {
    const { metric: primary_metric, value: primary_value, direction, samples } = first;
    return { primary_metric, primary_value, direction, ...(samples && { samples: [...samples] }) };
  }
  return {
    objectives: found.map(({ metric, value, direction, samples }) => ({
      ...{ metric, value, direction },
      ...(samples && { samples: [...samples] }),
    })),
    primary_index: found.findIndex(({ metric }) => metric === primary.metric),
  };
}

function decide(
  sources: readonly MeasuredSource[],
  metric: string,
): { readonly value: number; readonly source: string } | undefined {
  const said = sources.flatMap(({ name, values }) => {
    const measured = values.get(metric);
    return measured ? [{ name, measured }] : [];
  });
  const [first] = said;
  if (!first) return undefined;
  const other = said.find(({ measured }) => !agrees(first.measured, measured));
  if (other) {
    throw new InvalidResultsError(
      `${metric} is ${first.measured.text} in ${first.name}, and ${other.measured.text} in ${other.name}`,
      { hint: "Let the experiment say it once, or the same everywhere." },
    );
  }
  requireFinite(metric, first.measured, first.name);
  return { value: first.measured.value, source: first.name };
}

function requireFinite(metric: string, { value, text }: Measurement, source: string): void {
  if (Number.isFinite(value)) return;
  throw new InvalidResultsError(`${metric} is ${text} in ${source}, which is no finite number`);
}

function missing(sources: readonly MeasuredSource[], metric: string): InvalidResultsError {
  const said = [...new Set(sources.flatMap(({ values }) => [...values.keys()]))];
  const there = said.length > 0 ? `; there is ${said.slice(0, 8).join(", ")}${said.length > 8 ? ", ..." : ""}` : "";
  return new InvalidResultsError(`${metric} was not measured${there}`, {
    hint: `Let the experiment print a line: METRIC ${metric}=0.92`,
  });
}

/** More would make the tree file large for what nobody asked for. */
const mostMetrics = 200;

function isMetric(name: string): boolean {
  return name.length <= 100 && name !== "__proto__";
}

/** What is no finite number is left out: nobody asked for it. */
function otherMetrics(
  sources: readonly MeasuredSource[],
  objectives: ReadonlySet<string>,
): Record<string, number> | undefined {
  const metrics = new Map<string, number>();
  for (const { values } of sources)
    for (const [name, { value }] of values)
      if (isMetric(name) && metrics.size < mostMetrics && !objectives.has(name) && Number.isFinite(value))
        if (!metrics.has(name)) metrics.set(name, value);
  return metrics.size > 0 ? Object.fromEntries(metrics) : undefined;
}
