import { Lexer } from "yaml";
import { InvalidTreeError } from "../errors.ts";
import { type Place, placeAt } from "./place.ts";

const maxBytes = 16 * 1024 * 1024;
const maxDepth = 64;

/** Refuses what the parser cannot survive: deep nesting aborts the process, chains of `? ` take minutes. Linear. Throws InvalidTreeError. */
export function guardText(text: string, name: string): void {
  if (text.length > maxBytes) {
    throw new InvalidTreeError(`${name}: the file is larger than 16 MB`, {
      hint: "Move old nodes to another tree file.",
    });
  }
  const offset = findTooDeep(text);
  if (offset === undefined) return;
  const place: Place = placeAt(text, offset);
  throw new InvalidTreeError(`${name}:${place.line}:${place.column}: nested more than ${maxDepth} deep`, {
    hint: "Flatten this part of the file.",
  });
}

/** The offset at which flow brackets, or block indicators and indentations together, nest deeper than maxDepth. */
function findTooDeep(text: string): number | undefined {
  let offset = 0;
  let flow = 0;
  let indicators = 0;
  let columns: number[] = [];
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    if (isControl(token)) continue;
    if (token === "{" || token === "[") flow++;
    else if (token === "}" || token === "]") flow = Math.max(0, flow - 1);
    else if (token === "\n" || token === "\r\n") {
      indicators = 0;
      lineStart = true;
    } else if (token === "-" || token === "?") indicators++;
    else if (lineStart && /^ +$/.test(token))
      columns = [...columns.filter((column) => column < token.length), token.length];
    if (!/^\s*$/.test(token)) {
      if (lineStart && !/^ /.test(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset + 1))) columns = [];
      lineStart = false;
    }
    offset += token.length;
    if (flow + indicators + columns.length > maxDepth) return offset;
  }
  return undefined;
}

/** The lexer's own marks (document, flow end, scalar follows) are no part of the text. */
function isControl(token: string): boolean {
  return token === "\u0002" || token === "\u0018" || token === "\u001f";
}
