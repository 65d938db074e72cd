import { invisibleAscii, unicodeEscape, unsafeCharacters, workflowCommand } from "../unsafe-characters.ts";

const unsafe = unsafeCharacters();
/** Nothing but printable ASCII, as nearly every text is. */
const plain = /^[ -~]*$/;
const colour = "\u001b";
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** One line that no terminal and no CI log obeys: control characters are shown as escapes, workflow commands are broken up. */
export function safeText(text: string): string {
  if (plain.test(text) && !text.includes("::") && !text.includes("##")) return text;
  return text
    .replace(unsafe, (char, at: number) => (joinsEmoji(text, at) ? char : (escapes[char] ?? unicodeEscape(char))))
    .replace(invisibleAscii, escapePair)
    .replace(/^(\s*):(?=:)/, "$1\\:")
    .replace(workflowCommand, "#\\#");
}

function escapePair(pair: string): string {
  return unicodeEscape(pair.charAt(0)) + unicodeEscape(pair.charAt(1));
}

// No literals: what a class of Unicode holds is looked up already when the file is read that they stand in.
const pictograph = (before: string, behind: string) => new RegExp(`${before}\\p{Extended_Pictographic}${behind}`, "u");
const endsInPictograph = (text: string) => pictograph("", "[\\u{1f3fb}-\\u{1f3ff}\\ufe0f]?$").test(text);
const startsWithPictograph = (text: string) => pictograph("^", "").test(text);

/** The zero-width joiner within an emoji such as a family is part of one character. */
function joinsEmoji(text: string, at: number): boolean {
  return text[at] === "\u200d" && endsInPictograph(text.slice(0, at)) && startsWithPictograph(text.slice(at + 1));
}

/** The same for a text of several lines; its line breaks stay. */
export function safeLines(text: string): string {
  return text.replaceAll("\t", "    ").split(/\r?\n/).map(safeText).join("\n");
}

/** For a terminal that is not UTF-8. An escape character that is still there is a colour of ours. */
export function asciiText(text: string): string {
  return text.replace(/[^\n -~]/g, (char) => (char === colour ? char : unicodeEscape(char)));
}

/** JSON on one line in which nothing is raw that a terminal or CI log obeys. Numbers that JSON lacks become null. */
export function safeJson(value: unknown): string {
  return (JSON.stringify(value) ?? "null")
    .replace(unsafe, unicodeEscape)
    .replace(invisibleAscii, escapePair)
    .replace(workflowCommand, "\\u0023#");
}
