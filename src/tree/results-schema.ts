import * as z from "zod/mini";
import { InvalidResultsError } from "../errors.ts";
import { meanOf } from "./mean.ts";
import { problemsOf, showPath } from "./problems.ts";

export const directionSchema = z.enum(["maximize", "minimize"]);

const metricName = z.string().check(z.minLength(1, "a metric needs a name"));
export const objectiveSchema = z.looseObject({ metric: metricName, direction: directionSchema });

const samples = z.optional(z.array(z.number()).check(z.minLength(1, "expected at least one sample")));
const metrics = z.optional(z.record(z.string(), z.number()));
const value = z
  .optional(z.number({ error: "a number is missing" }))
  .check(z.describe("the mean of `samples` when there are any"));

const singleSchema = z.pipe(
  z.looseObject({
    primary_metric: metricName,
    primary_value: value,
    direction: directionSchema,
    samples,
    metrics,
    objectives: z.optional(z.never()),
  }),
  z.transform((results, ctx) => withMean(results, "primary_value", ctx)),
);

const objectiveResultSchema = z.pipe(
  z.looseObject({ metric: metricName, value, direction: directionSchema, samples }),
  z.transform((objective, ctx) => withMean(objective, "value", ctx)),
);

const multiSchema = z
  .looseObject({
    objectives: z.array(objectiveResultSchema).check(z.minLength(1, "expected at least one objective")),
    primary_index: z._default(
      z.int({ error: "expected a whole number" }).check(z.minimum(0, "expected an index from 0")),
      0,
    ),
    metrics,
  })
  .check(
    z.superRefine((results, ctx) => {
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
    }),
  );

export const resultsSchema = z.union([singleSchema, multiSchema]);

function withMean<T extends { samples?: readonly number[] | undefined }, K extends string>(
  input: T & { [key in K]?: number | undefined },
  key: K,
  { issues }: z.core.ParsePayload,
): T & { [key in K]: number } {
  const given = input.samples ? meanOf(input.samples) : input[key];
  if (given === undefined || !Number.isFinite(given)) {
    const message = given === undefined ? "a number is missing" : "expected samples with a finite mean";
    issues.push({ code: "custom", path: [key], message, input });
  }
  return { ...input, [key]: given } as T & { [key in K]: number };
}

/** What results look like, for whoever got them wrong. */
export const resultsHint =
  "Results look like {primary_metric: accuracy, primary_value: 0.92, direction: maximize}, or {objectives: [{metric, value, direction}, ...], primary_index: 0}.";

/** Turns unknown data into results. Throws InvalidResultsError naming each field, what came and what is expected. */
export function parseResults(data: unknown): z.output<typeof resultsSchema> {
  const parsed = resultsSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const lines = problemsOf(parsed.error, data).map(({ path, message }) => `${showPath(path) || "results"}: ${message}`);
  throw new InvalidResultsError(lines.join("\n"), { hint: resultsHint });
}
