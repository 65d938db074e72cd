import type * as z from "zod/mini";
import { InvalidResultsError } from "../errors.ts";
import { meanOf } from "./mean.ts";
import type { directionSchema, resultsSchema } from "./results-schema.ts";

export type Direction = z.output<typeof directionSchema>;

/** What is measured and which way is better. */
export interface Objective {
  readonly metric: string;
  readonly direction: Direction;
}

export type Results = Readonly<z.output<typeof resultsSchema>>;

/** One objective of a node's results; `samples` in the order in which they were recorded. */
export interface ObjectiveValue extends Objective {
  readonly value: number;
  readonly samples?: readonly number[] | undefined;
}

/** All objectives of the results, in their order. */
export function objectivesOf(results: Results): readonly ObjectiveValue[] {
  if (results.objectives) return results.objectives;
  const { primary_metric: metric, primary_value: value, direction, samples } = results;
  return [{ metric, value, direction, ...(samples && { samples }) }];
}

/** The objective that decides. */
export function primaryOf(results: Results): ObjectiveValue {
  return objectivesOf(results)[results.objectives ? results.primary_index : 0] as ObjectiveValue;
}

/** The value of `metric` among the objectives, whichever its direction; undefined when it was not measured. */
export function findObjective(results: Results | null, metric: string): ObjectiveValue | undefined {
  return results ? objectivesOf(results).find((objective) => objective.metric === metric) : undefined;
}

/** Appends the values of `added` to the samples of `results`, objective by objective; the values become means. Throws InvalidResultsError. */
export function appendSamples(results: Results, added: Results): Results {
  const extra = objectivesOf(added);
  const unknown = extra.find(({ metric }) => !objectivesOf(results).some((old) => old.metric === metric));
  if (unknown) {
    throw new InvalidResultsError(`Cannot append: '${unknown.metric}' is not among the recorded objectives`, {
      hint: "Record without --append to replace the results.",
    });
  }
  const others = { ...mergedMetrics(results, added), ...otherKeys(results), ...otherKeys(added) };
  if (results.objectives) {
    const objectives = results.objectives.map((old) => ({ ...old, ...joinSamples(old, extra) }));
    return { objectives, primary_index: results.primary_index, ...others };
  }
  const { value, samples } = joinSamples(primaryOf(results), extra);
  const { primary_metric, direction } = results;
  return { primary_metric, primary_value: value, direction, samples, ...others };
}

function joinSamples(old: ObjectiveValue, extra: readonly ObjectiveValue[]): { value: number; samples: number[] } {
  const more = extra.find(({ metric }) => metric === old.metric);
  if (!more || more.direction !== old.direction) {
    const got = extra.map(({ metric, direction }) => `${metric} (${direction})`).join(", ");
    throw new InvalidResultsError(`Cannot append: expected ${old.metric} (${old.direction}), received ${got}`, {
      hint: "Give every recorded objective, or record without --append to replace the results.",
    });
  }
  const samples = [...(old.samples ?? [old.value]), ...(more.samples ?? [more.value])];
  const value = meanOf(samples);
  if (!Number.isFinite(value))
    throw new InvalidResultsError(`${old.metric}: expected samples with a finite mean, received ${samples.join(", ")}`);
  return { value, samples };
}

const ownKeys = new Set([
  "primary_metric",
  "primary_value",
  "direction",
  "samples",
  "metrics",
  "objectives",
  "primary_index",
]);

/** What came with the results and is neither objective nor metric; the latest word counts. */
function otherKeys(results: Results): object {
  return Object.fromEntries(Object.entries(results).filter(([key]) => !ownKeys.has(key)));
}

function mergedMetrics(results: Results, added: Results): { metrics?: Record<string, number> } {
  return results.metrics || added.metrics ? { metrics: { ...results.metrics, ...added.metrics } } : {};
}
