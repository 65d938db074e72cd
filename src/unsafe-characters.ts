/**
 * Everything a reader may refuse, a terminal may obey or an eye not see: control characters, soft hyphen, joiners,
 * fillers, zero-width and bidi marks, line separators, BOM, non-characters, and surrogates that stand alone.
 */
const ranges =
  "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufdd0-\\ufdef\\ufeff\\uffa0\\ufff9-\\ufffc\\ufffe\\uffff";
const loneSurrogates = "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]";

/** Finds them one UTF-16 unit at a time; `also` adds single characters to the class, written as in a regular expression. */
export function unsafeCharacters(also = ""): RegExp {
  return new RegExp(`[${ranges}${also}]|${loneSurrogates}`, "g");
}

/** `\u202e` for one UTF-16 unit */
export function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Copies of ASCII that cannot be seen, in which instructions can be hidden. */
export const invisibleAscii = /\udb40[\udc00-\udc7f]/g;

/** The `#` of `##[group]` and the like, which CI logs obey. */
export const workflowCommand = /##(?=[a-z.]*\[)/gi;
