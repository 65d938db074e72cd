import { type Document, type ParsedNode, parseDocument as parseYaml } from "yaml";
import { guardText } from "./guard-text.ts";
import { invalidAt } from "./place.ts";

export type YamlDocument = Document.Parsed<ParsedNode>;

/**
 * Parses one YAML document without deciding what its scalars mean: all are text, with their source ranges and tokens.
 * Throws InvalidTreeError with `name:line:column` and the offending line.
 */
export function parseDocument(text: string, name: string): YamlDocument {
  guardText(text, name);
  refuseConflictMarkers(text, name);
  const document = parseYaml(text, {
    schema: "failsafe",
    // The parser compares every key with every other one; readDocument finds keys that stand twice in linear time.
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: "error",
  });
  const [error] = document.errors;
  if (error) throw invalidAt(text, name, error.pos[0], messages[error.code] ?? firstLine(error.message));
  return document as YamlDocument;
}

const messages: Partial<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins; a tree file is one document",
};

function refuseConflictMarkers(text: string, name: string): void {
  const marker = /^<{7}( |\r?$)/m.exec(text);
  if (!marker || !/^>{7}( |\r?$)/m.test(text)) return;
  throw invalidAt(
    text,
    name,
    marker.index,
    "an unresolved merge conflict",
    "Resolve it: keep one side, or both, and remove the marker lines.",
  );
}

function firstLine(message: string): string {
  return message.split("\n")[0] as string;
}
