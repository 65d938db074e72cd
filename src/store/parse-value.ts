import { InvalidResultsError, InvalidTreeError } from "../errors.ts";
import { resultsMeaning } from "./fields.ts";
import { parseDocument } from "./parse-document.ts";
import { readDocument } from "./read-value.ts";

/** Reads results given as YAML or JSON text, each field by what it means; not yet checked. Throws InvalidResultsError with `name:line:column`. */
export function parseResultsText(text: string, name: string): unknown {
  try {
    return readDocument(parseDocument(text, name), text, name, resultsMeaning);
  } catch (error) {
    if (error instanceof InvalidTreeError)
      throw new InvalidResultsError(error.message, { hint: error.hint, cause: error });
    throw error;
  }
}
