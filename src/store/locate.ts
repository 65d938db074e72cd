import { isAlias, isMap, isSeq, type ParsedNode } from "yaml";
import { type Problem, showPath } from "../tree/problems.ts";
import type { YamlDocument } from "./parse-document.ts";
import { invalidAt } from "./place.ts";

export interface Source {
  readonly text: string;
  /** The file's name as shown in errors. */
  readonly name: string;
  readonly document: YamlDocument;
}

const mostShown = 10;

/** The problems with `name:line:column` and the offending line, ten at the most. */
export function describeProblems(problems: readonly Problem[], { text, name, document }: Source): string {
  const shown = problems.slice(0, mostShown).map(({ path, message }) => {
    const where = path.length > 0 ? `${showPath(path)}: ` : "";
    return invalidAt(text, name, offsetOf(document.contents, path), where + message).message;
  });
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

/** Where the value at `path` stands; what is missing stands at the nearest thing that holds it. */
function offsetOf(root: ParsedNode | null, path: Problem["path"]): number {
  let node = root;
  let offset = root?.range[0] ?? 0;
  for (const key of path) {
    const next = childAt(node, key);
    if (!next || isAlias(next)) return next ? next.range[0] : offset;
    node = next;
    offset = next.range[0];
  }
  return offset;
}

function childAt(node: ParsedNode | null, key: string | number): ParsedNode | null | undefined {
  if (isSeq(node) && typeof key === "number") return node.items[key] as ParsedNode | undefined;
  if (!isMap(node)) return undefined;
  const pair = typeof key === "number" ? node.items[key] : node.items.find((each) => String(each.key) === key);
  return pair?.value as ParsedNode | null | undefined;
}
