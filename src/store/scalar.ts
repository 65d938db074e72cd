import { invisibleAscii, unicodeEscape, unsafeCharacters, workflowCommand } from "../unsafe-characters.ts";

/** What PyYAML's SafeLoader makes of a plain scalar; timestamps, `=` and `<<` stay text. Source: YAML 1.1 resolvers as in PyYAML 6. */
export function resolvePlain(text: string): null | boolean | number | string {
  if (/^(~|null|Null|NULL|)$/.test(text)) return null;
  if (/^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  return resolveInteger(text) ?? resolveFloat(text) ?? text;
}

function resolveInteger(text: string): number | undefined {
  const match = /^([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*(?::[0-5]?[0-9])*)$/.exec(text);
  if (!match) return undefined;
  const digits = (match[2] as string).replaceAll("_", "");
  const sign = match[1] === "-" && /[1-9a-f]/i.test(digits.replace(/^0[bx]/, "")) ? -1 : 1;
  if (/^0[bx]/.test(digits)) return digits.length > 2 ? sign * Number(digits) : undefined;
  if (/^0[0-7]/.test(digits)) return sign * Number(`0o${digits.slice(1)}`);
  return sign * fromSexagesimal(digits);
}

function resolveFloat(text: string): number | undefined {
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN;
  const decimal = /^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)$/;
  if (decimal.test(text)) return Number(text.replaceAll("_", ""));
  if (!/^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*$/.test(text)) return undefined;
  const sign = text.startsWith("-") ? -1 : 1;
  return sign * fromSexagesimal(text.replace(/^[-+]/, "").replaceAll("_", ""));
}

/** `1:30` is 90 in YAML 1.1 */
function fromSexagesimal(digits: string): number {
  if (!digits.includes(".")) return Number(digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n));
  const parts = digits.split(":").reverse();
  // From the right, as PyYAML adds: the last bit of a fraction depends on it.
  return parts.reduce((sum, part, i) => sum + Number(part) * 60 ** i, 0);
}

/**
 * YAML 1.1 counts U+0085, U+2028 and U+2029 as line breaks, and so PyYAML writes them into plain and single-quoted
 * scalars with an indentation behind. Folds them as its reader does.
 */
export function foldOldBreaks(text: string): string {
  if (!/[\u0085\u2028\u2029]/.test(text)) return text;
  return text.replace(
    /(?<![ \t])[ \t]*([\u0085\u2028\u2029](?:[ \t]*[\u0085\u2028\u2029])*)[ \t]*/g,
    (_, run: string) => {
      const [first = "", ...others] = run.replace(/[ \t]/g, "").replaceAll("\u0085", "\n");
      if (first !== "\n") return first + others.join("");
      return others.length > 0 ? others.join("") : " ";
    },
  );
}

/** The same in a block scalar of this indentation, which PyYAML takes away behind them as behind any line break. */
export function foldBlockBreaks(text: string, indent: number, isFolded: boolean): string {
  return text.replace(new RegExp(`([\u0085\u2028\u2029]) {0,${indent}}`, "g"), (found, mark: string, at: number) => {
    if (mark !== "\u0085") return mark;
    const [before, after] = [text[at - 1] ?? "\n", text[at + found.length] ?? "\n"];
    return isFolded && !/\s/.test(before) && !/\s/.test(after) ? " " : "\n";
  });
}

/** Reads a plain scalar where a number is meant: as PyYAML does, else as YAML 1.2 does (`1e-4`); anything else stays text. */
export function resolveNumber(text: string): null | number | string {
  const resolved = resolvePlain(text);
  if (typeof resolved === "number" || resolved === null) return resolved;
  return /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(text) ? Number(text) : text;
}

/** A number as both PyYAML and YAML 1.2 read it, with the same type: `1.0e-07`, never `1e-7`. */
export function renderNumber(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa = "", exponent] = String(value).split("e");
  if (exponent === undefined) return mantissa;
  const signed = /^[-+]/.test(exponent) ? exponent : `+${exponent}`;
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}e${signed}`;
}

const shortEscapes: Record<string, string> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r" };

const unsafe = unsafeCharacters('"\\\\');

/** A double-quoted scalar that both parsers read as this text. Lone surrogates become U+FFFD. */
export function quote(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(unsafe, (char) => shortEscapes[char] ?? unicodeEscape(char))
    .replace(invisibleAscii, (char) => `\\U${(char.codePointAt(0) as number).toString(16).padStart(8, "0")}`)
    .replace(workflowCommand, "\\x23#");
  return `"${escaped}"`;
}

/** Whether both parsers read the bare text as this text, in block and in flow context. */
export function isPlainSafe(text: string): boolean {
  if (!/^[A-Za-z0-9_./][A-Za-z0-9_./+@=()% -]*$/.test(text) || /[ ]$/.test(text)) return false;
  if (/^([yYnN]$|\.\.\.(\s|$)|\.?[0-9])/.test(text)) return false;
  return resolvePlain(text) === text && resolveNumber(text) === text;
}

/** A text in the quoting of the scalar that it replaces: `QUOTE_SINGLE`, `PLAIN` while that is safe, else double quotes. */
export function renderText(text: string, style?: string): string {
  if (style === "PLAIN" && isPlainSafe(text)) return text;
  if (style === "QUOTE_SINGLE" && quote(text).length === text.length + 2) return `'${text.replaceAll("'", "''")}'`;
  return quote(text);
}
