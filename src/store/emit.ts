import { isPlainSafe, quote, renderNumber } from "./scalar.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** The entries of a mapping that are written: undefined means absent. */
export function entriesOf(mapping: Mapping): readonly (readonly [string, unknown])[] {
  return Object.entries(mapping).filter(([, value]) => value !== undefined);
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value takes lines of its own in block style. */
export function needsBlock(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isMapping(value) && entriesOf(value).length > 0;
}

function emitKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && isPlainSafe(key) ? key : quote(key);
}

/** A value in flow style, on one line; texts in double quotes, numbers as PyYAML writes them. */
export function emitFlow(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return renderNumber(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(emitFlow).join(", ")}]`;
  if (!isMapping(value)) return "null";
  return `{${entriesOf(value)
    .map(([key, each]) => `${emitKey(key)}: ${emitFlow(each)}`)
    .join(", ")}}`;
}

/** `key: value`, over as many lines as it takes; `indent` spaces before each but the first. */
export function emitPair(key: string, value: unknown, indent: number): string[] {
  if (!needsBlock(value)) return [`${emitKey(key)}: ${emitFlow(value)}`];
  return [`${emitKey(key)}:`, ...emitBlock(value, indent + 2)];
}

/** The lines of a non-empty mapping or list, each indented by `indent` spaces. */
export function emitBlock(value: unknown, indent: number): string[] {
  const pad = " ".repeat(indent);
  if (!Array.isArray(value))
    return emitMapping(value as Mapping, indent).map((line, i) => (i === 0 ? pad + line : line));
  return value.flatMap((item) => {
    const lines = isMapping(item) && needsBlock(item) ? emitMapping(item, indent + 2) : [emitFlow(item)];
    return lines.map((line, i) => (i === 0 ? `${pad}- ${line}` : line));
  });
}

/** The lines of a mapping; the first without its indentation, so that it may follow `- `. */
export function emitMapping(mapping: Mapping, indent: number): string[] {
  const pad = " ".repeat(indent);
  return entriesOf(mapping)
    .flatMap(([key, value]) => {
      const [first = "", ...rest] = emitPair(key, value, indent);
      return [pad + first, ...rest];
    })
    .map((line, i) => (i === 0 ? line.slice(indent) : line));
}
