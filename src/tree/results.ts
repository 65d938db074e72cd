import * as z from "zod";
import { InvalidResultsError } from "../errors.ts";
import { problemsOf, showPath } from "./problems.ts";

export const directionSchema = z.enum(["maximize", "minimize"]);
export type Direction = z.output<typeof directionSchema>;

export const objectiveSchema = z.looseObject({
  metric: z.string().min(1, "a metric needs a name"),
  direction: directionSchema,
});
/** What is measured and which way is better. */
export interface Objective {
  readonly metric: string;
  readonly direction: Direction;
}

const samples = z.array(z.number()).min(1, "expected at least one sample").optional();
const metrics = z.record(z.string(), z.number()).optional();
const name = z.string().min(1, "a metric needs a name");
const value = z.number({ error: "a number is missing" });
const sampled = "the mean of `samples` when there are any";

const singleSchema = z
  .looseObject({
    primary_metric: name,
    primary_value: value.optional().describe(sampled),
    direction: directionSchema,
    samples,
    metrics,
    objectives: z.never().optional(),
  })
  .transform((results, ctx) => withMean(results, "primary_value", ctx));

const objectiveResultSchema = z
  .looseObject({ metric: name, value: value.optional().describe(sampled), direction: directionSchema, samples })
  .transform((objective, ctx) => withMean(objective, "value", ctx));

const multiSchema = z
  .looseObject({
    objectives: z.array(objectiveResultSchema).min(1, "expected at least one objective"),
    primary_index: z.int({ error: "expected a whole number" }).min(0, "expected an index from 0").default(0),
    metrics,
  })
  .superRefine((results, ctx) => {
    if (results.primary_index >= results.objectives.length) {
      ctx.addIssue({
        code: "custom",
        path: ["primary_index"],
        message: `expected an index below ${results.objectives.length}, the number of objectives`,
      });
    }
    const seen = new Set<string>();
    results.objectives.forEach(({ metric }, index) => {
      if (seen.has(metric)) {
        ctx.addIssue({ code: "custom", path: ["objectives", index, "metric"], message: "expected each metric once" });
      }
      seen.add(metric);
    });
  });

export const resultsSchema = z.union([singleSchema, multiSchema]);
export type Results = Readonly<z.output<typeof resultsSchema>>;

function withMean<T extends { samples?: readonly number[] | undefined }, K extends string>(
  input: T & { [key in K]?: number | undefined },
  key: K,
  ctx: { addIssue: (issue: { code: "custom"; path: string[]; message: string }) => void },
): T & { [key in K]: number } {
  const given = input.samples ? meanOf(input.samples) : input[key];
  if (given === undefined || !Number.isFinite(given)) {
    const message = given === undefined ? "a number is missing" : "expected samples with a finite mean";
    ctx.addIssue({ code: "custom", path: [key], message });
  }
  return { ...input, [key]: given } as T & { [key in K]: number };
}

/** Arithmetic mean to 15 significant digits, which is free of the noise of the sum; equal values have themselves as mean. */
function meanOf(values: readonly number[]): number {
  const [first = Number.NaN] = values;
  if (values.every((value) => value === first)) return first;
  const sum = values.reduce((total, value) => total + value, 0);
  // A sum that overflows is taken of the shares instead.
  const mean = Number.isFinite(sum)
    ? sum / values.length
    : values.reduce((total, value) => total + value / values.length, 0);
  return Number(mean.toPrecision(15));
}

/** One objective of a node's results; `samples` in the order in which they were recorded. */
export interface ObjectiveValue extends Objective {
  readonly value: number;
  readonly samples?: readonly number[] | undefined;
}

/** What results look like, for whoever got them wrong. */
export const resultsHint =
  "Results look like {primary_metric: accuracy, primary_value: 0.92, direction: maximize}, or {objectives: [{metric, value, direction}, ...], primary_index: 0}.";

/** Turns unknown data into results. Throws InvalidResultsError naming each field, what came and what is expected. */
export function parseResults(data: unknown): Results {
  const parsed = resultsSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const lines = problemsOf(parsed.error, data).map(({ path, message }) => `${showPath(path) || "results"}: ${message}`);
  throw new InvalidResultsError(lines.join("\n"), { hint: resultsHint });
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

/** Appends the values of `added` to the samples of `results`, objective by objective; the values become means. */
export function appendSamples(results: Results, added: Results): Results {
  const extra = objectivesOf(added);
  const join = (old: ObjectiveValue): readonly number[] => {
    const more = extra.find(({ metric }) => metric === old.metric);
    if (!more || more.direction !== old.direction) {
      const got = extra.map(({ metric, direction }) => `${metric} (${direction})`).join(", ");
      throw new InvalidResultsError(`Cannot append: expected ${old.metric} (${old.direction}), received ${got}`, {
        hint: "Give every recorded objective, or record without --append to replace the results.",
      });
    }
    return [...(old.samples ?? [old.value]), ...(more.samples ?? [more.value])];
  };
  const unknown = extra.find(({ metric }) => !objectivesOf(results).some((old) => old.metric === metric));
  if (unknown) {
    throw new InvalidResultsError(`Cannot append: '${unknown.metric}' is not among the recorded objectives`, {
      hint: "Record without --append to replace the results.",
    });
  }
  const others = { ...results, ...otherKeys(added), ...mergedMetrics(results, added) };
  if (results.objectives) {
    return parseResults({
      ...others,
      objectives: objectivesOf(results).map((old) => ({ ...old, samples: join(old) })),
    });
  }
  return parseResults({ ...others, samples: join(primaryOf(results)) });
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

function mergedMetrics(results: Results, added: Results): object {
  return results.metrics || added.metrics ? { metrics: { ...results.metrics, ...added.metrics } } : {};
}
