import { InvalidResultsError, InvalidTreeError } from "../errors.ts";
import { problemsOf } from "../tree/problems.ts";
import type { Results } from "../tree/results.ts";
import { resultsHint, resultsSchema } from "../tree/results-schema.ts";
import { resultsMeaning } from "./fields.ts";
import { describeProblems } from "./locate.ts";
import { parseDocument, type YamlDocument } from "./parse-document.ts";
import { readDocument } from "./read-value.ts";

/** Reads results given as YAML or JSON text, each field by what it means. Throws InvalidResultsError, each problem with `name:line:column`. */
export function parseResultsText(text: string, name: string): Results {
  const { document, data } = readText(text, name);
  const parsed = resultsSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, data);
  throw new InvalidResultsError(describeProblems(problems, { text, name, document }), { hint: resultsHint });
}

function readText(text: string, name: string): { readonly document: YamlDocument; readonly data: unknown } {
  try {
    const document = parseDocument(text, name);
    return { document, data: readDocument(document, text, name, resultsMeaning) };
  } catch (error) {
    if (error instanceof InvalidTreeError)
      throw new InvalidResultsError(error.message, { hint: error.hint, cause: error });
    throw error;
  }
}
