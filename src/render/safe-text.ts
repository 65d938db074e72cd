import { unicodeEscape, unsafeCharacters } from "../unsafe-characters.ts";

const unsafe = unsafeCharacters();
const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

/** One line that no terminal and no CI log obeys: control characters are shown as escapes, workflow commands are broken up. */
export function safeText(text: string): string {
  return text
    .replace(unsafe, (char) => escapes[char] ?? unicodeEscape(char))
    .replace(/^(\s*):(?=:)/, "$1\\:")
    .replace(/##(?=\[)/g, "#\\#");
}

/** The same for a text of several lines; its line breaks stay. */
export function safeLines(text: string): string {
  return text.split(/\r?\n/).map(safeText).join("\n");
}

/** For a terminal that is not UTF-8. */
export function asciiText(text: string): string {
  return text.replace(/[^\n -~]/g, (char) => unicodeEscape(char));
}

/** JSON on one line in which nothing is raw that a terminal or CI log obeys. Numbers that JSON lacks become null. */
export function safeJson(value: unknown): string {
  return (JSON.stringify(value) ?? "null").replace(unsafe, unicodeEscape).replace(/##(?=\[)/g, "\\u0023#");
}
