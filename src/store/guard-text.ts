import { Lexer } from "yaml";
import { unicodeEscape } from "../unsafe-characters.ts";
import { maxBytes, tooLarge } from "./largest.ts";
import { invalidAt } from "./place.ts";

const maxDepth = 64;
/** Characters that a block of a node seldom has more of. */
const maxSimple = 20_000;
/** A tree of 10,000 nodes has about a million of them; of far more, the parser makes gigabytes. */
const maxTokens = 2_000_000;

/** Refuses what the parser cannot survive: deep nesting aborts the process, chains of `? ` take minutes. Linear. Throws InvalidTreeError. */
export function guardText(text: string, name: string): void {
  if (text.length > maxBytes) throw tooLarge(name);
  const found = findUnprintable(text) ?? (isSimple(text) ? undefined : findExcess(text));
  if (found !== undefined) throw invalidAt(text, name, found.offset, found.message, found.hint);
}

interface Excess {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** What YAML does not let stand in a file (YAML 1.1, 5.1), as PyYAML's reader has it. */
const unprintable = /[^\t\n\r -~\x85\xa0-\ufffd]/;

/** Another writer's double-quoted scalars with these characters as escapes: nothing else may hold them. */
export function escapeUnprintable(text: string): string {
  return text.replace(new RegExp(unprintable, "g"), unicodeEscape);
}

function findUnprintable(text: string): Excess | undefined {
  const offset = text.search(unprintable);
  if (offset < 0) return undefined;
  const escaped = unicodeEscape(text.charAt(offset));
  const message = `the character U+${escaped.slice(2).toUpperCase()}, which may not stand in YAML`;
  return { offset, message, hint: `Delete it, or write it as "${escaped}" in double quotes.` };
}

/** Whether the text is so short and flat that nothing in it can nest deep: most are, and looking closer takes as long as parsing. */
function isSimple(text: string): boolean {
  const brackets = text.match(/[[{]/g)?.length ?? 0;
  if (text.length > maxSimple || brackets > maxDepth / 4) return false;
  // Within brackets, indicators nest from line to line.
  if (brackets > 0) return (text.match(/[-?:](?=\s|$)/g)?.length ?? 0) <= maxDepth / 2;
  // A line opens as many levels as it has indicators, and one more for where it begins.
  return text
    .split("\n")
    .every(
      (line) =>
        (/^ */.exec(line)?.[0].length ?? 0) < maxDepth / 4 &&
        (line.match(/[-?:](?=\s|$)/g)?.length ?? 0) < maxDepth / 4,
    );
}

/** Where flow brackets, or block indicators and indentations together, nest deeper than maxDepth, or the tokens become too many. */
function findExcess(text: string): Excess | undefined {
  let offset = 0;
  let tokens = 0;
  let flow = 0;
  let indicators = 0;
  let colons = 0;
  let columns: number[] = [];
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    if (isControl(token)) continue;
    if (token === "{" || token === "[") flow++;
    else if (token === "}" || token === "]") flow = Math.max(0, flow - 1);
    else if (token === "\n" || token === "\r\n") {
      indicators = 0;
      if (flow === 0) colons = 0;
      lineStart = true;
    } else if (token === "-" || token === "?") indicators++;
    else if (lineStart && /^ +$/.test(token))
      columns = [...columns.filter((column) => column < token.length), token.length];
    // `a: b: c` is an error, but the parser nests one mapping in the other before it says so.
    if (token === ":") colons++;
    else if (flow > 0 && /^[[\]{},]$/.test(token)) colons = 0;
    if (!/^\s*$/.test(token)) {
      if (lineStart && !/^ /.test(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset + 1))) columns = [];
      lineStart = false;
    }
    offset += token.length;
    if (flow + indicators + columns.length > maxDepth || colons > maxDepth)
      return { offset, message: `nested more than ${maxDepth} deep`, hint: "Flatten this part of the file." };
    if (++tokens > maxTokens)
      return { offset, message: "more values than can be read", hint: "Move old nodes to another tree file." };
  }
  return undefined;
}

/** The lexer's own marks (document, flow end, scalar follows) are no part of the text. */
function isControl(token: string): boolean {
  return token === "\u0002" || token === "\u0018" || token === "\u001f";
}
