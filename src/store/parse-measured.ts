import { InvalidResultsError, InvalidTreeError } from "../errors.ts";
import { type MeasuredSource, type Measurement, parseMeasurement } from "../tree/measurement.ts";
import { objectivesOf } from "../tree/results.ts";
import { parseDocument } from "./parse-document.ts";
import { parseResultsText } from "./parse-results.ts";
import { readDocument } from "./read-value.ts";

/**
 * What a results file says, YAML or JSON: results in full, which say themselves what the objectives are, or a flat mapping
 * of names and numbers. `name` is for messages. Throws InvalidResultsError.
 */
export function parseMeasured(text: string, name: string): MeasuredSource {
  const data = readMapping(text, name);
  if (Object.hasOwn(data, "primary_metric") || Object.hasOwn(data, "objectives")) return inFull(text, name);
  const values = new Map<string, Measurement>();
  for (const [key, value] of Object.entries(data)) {
    // What is no number is kept as what it is: a value from elsewhere must not take its place.
    const text = typeof value === "string" ? value : JSON.stringify(value);
    values.set(key, parseMeasurement(text.trim()) ?? { value: Number.NaN, text: text.slice(0, 100) });
  }
  return { name, values };
}

const hint = 'Write for example {"accuracy": 0.92}.';

function readMapping(text: string, name: string): object {
  let data: unknown;
  try {
    data = readDocument(parseDocument(text, name), text, name, { keyed: "text" });
  } catch (error) {
    if (error instanceof InvalidTreeError)
      throw new InvalidResultsError(error.message.split("\n")[0] as string, { hint, cause: error });
    throw error;
  }
  if (typeof data === "object" && data !== null && !Array.isArray(data)) return data;
  throw new InvalidResultsError(`${name}: expected a mapping of names and numbers`, {
    hint,
  });
}

function inFull(text: string, name: string): MeasuredSource {
  const results = parseResultsText(text, name);
  const objectives = objectivesOf(results);
  const measured = (value: number): Measurement => ({ value, text: String(value) });
  return {
    name,
    values: new Map([
      ...Object.entries(results.metrics ?? {}).map(([metric, value]) => [metric, measured(value)] as const),
      ...objectives.map(({ metric, value }) => [metric, measured(value)] as const),
    ]),
    declared: objectives.map(({ metric, direction, samples }) => ({ metric, direction, ...(samples && { samples }) })),
    primaryIndex: results.objectives ? results.primary_index : 0,
  };
}
