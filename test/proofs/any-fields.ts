import type { Random } from "./random.ts";

/** How one document is laid out, as far as its fields share it. */
export interface Style {
  readonly random: Random;
  /** Spaces by which a collection is indented in its parent, 1 to 8; every fifth document changes its mind each time. */
  readonly step: () => number;
  /** Whether block lists stand in the column of their key. */
  readonly isFlush: boolean;
  /** A comment with a number of its own, so that each can be looked for. */
  readonly comment: () => string;
  /** The key bare, or in quotes in a document that quotes its keys. */
  readonly quoteKey: (key: string) => string;
}

type FlatMapping = Readonly<Record<string, string | number | null>>;

/** What a node's field says; `raw` is written as it stands, such as an alias. */
export type Field = { readonly key: string } & (
  | { readonly text: string }
  | { readonly list: readonly string[] }
  | { readonly map: FlatMapping }
  | { readonly raw: string }
);

const words = ["train", "with", "more", "data", "and", "less", "noise", "lr 1e-3", "it", "again", "5 epochs", "a (b)"];

/** Some words that mean the same text in every quoting. */
export function sentence({ random }: Style, most = 5): string {
  return `${random.pick(["python", "try", "run", "see"])} ${Array.from({ length: random.int(1, most) }, () => random.pick(words)).join(" ")}`;
}

/** A text in any quoting that fits on a line in flow style. */
function flowText({ random }: Style, text: string): string {
  return random.pick([text, `'${text}'`, JSON.stringify(text)]);
}

const pad = (count: number) => " ".repeat(count);

/** The lines of `key: text` in any style, relative to the column of the key; comments and blanks behind it sometimes. */
function textField(style: Style, key: string, text: string): string[] {
  const { random } = style;
  const indent = pad(style.step());
  const [first, rest] = [text.slice(0, text.indexOf(" ")), text.slice(text.indexOf(" ") + 1)];
  const kinds = text.includes(" ") ? random.int(0, 13) : random.int(0, 6);
  if (kinds <= 5) return [`${key}: ${flowText(style, text)}${ending(style)}`];
  if (kinds === 6) return [`${key}:${ending(style)}`, `${indent}${flowText(style, text)}${ending(style)}`];
  if (kinds === 7) return [`${key}: ${first}`, `${indent}${rest}${ending(style)}`];
  if (kinds === 8) return [`${key}: "${first}`, "", `${indent}${rest}"${ending(style)}`];
  if (kinds === 9) return [`${key}: '${first}`, `${indent}${rest}'${ending(style)}`];
  const header = `${random.pick(["|", ">"])}${random.pick(["", "", "-", "+"])}`;
  const lines = [`${indent}${first}`, ...(random.chance(0.3) ? [""] : []), `${indent}${rest}`];
  return [`${key}: ${header}${ending(style)}`, ...lines];
}

/** The lines of `key: [..]`, relative to the column of the key, in any style. */
function listField(style: Style, key: string, items: readonly string[]): string[] {
  const { random } = style;
  const indent = pad(style.step());
  if (items.length === 0) return [`${key}: []${ending(style)}`];
  const kind = random.int(0, 3);
  if (kind === 0) return [`${key}: [${items.join(random.pick([", ", ",  "]))}]${ending(style)}`];
  if (kind === 1) {
    const lines = items.map((item, i) => `${indent}${item}${i < items.length - 1 ? "," : ""}${ending(style)}`);
    return [`${key}: [`, ...lines, `${indent}]${ending(style)}`];
  }
  const dash = style.isFlush ? "" : indent;
  const gap = pad(random.chance(0.2) ? random.int(1, 4) : 1);
  return [`${key}:${ending(style)}`, ...items.map((item) => `${dash}-${gap}${item}${ending(style)}`)];
}

/** The lines of `key: {..}`, relative to the column of the key: block, or flow on one or more lines. */
function mapField(style: Style, key: string, map: FlatMapping): string[] {
  const { random } = style;
  const indent = pad(style.step());
  const pairs = Object.entries(map).map(([each, value]) => `${each}: ${flowScalar(style, value)}`);
  const kind = random.int(0, 3);
  if (kind === 0) return [`${key}: {${pairs.join(", ")}}${ending(style)}`];
  if (kind === 1) {
    const lines = pairs.map((pair, i) => `${indent}${pair}${i < pairs.length - 1 ? "," : ""}${ending(style)}`);
    return [`${key}: {`, ...lines, `${indent}}${ending(style)}`];
  }
  return [`${key}:${ending(style)}`, ...pairs.map((pair) => `${indent}${pair}${ending(style)}`)];
}

/** One field of a node, laid out in any style in block context. */
export function blockField(style: Style, field: Field): string[] {
  const key = style.quoteKey(field.key);
  if ("text" in field) return textField(style, key, field.text);
  if ("list" in field) return listField(style, key, field.list);
  if ("map" in field) return mapField(style, key, field.map);
  return [`${key}: ${field.raw}${ending(style)}`];
}

/** The same in flow context, on one line. */
export function flowField(style: Style, field: Field): string {
  const key = style.quoteKey(field.key);
  if ("text" in field) return `${key}: ${flowText(style, field.text)}`;
  if ("list" in field) return `${key}: [${field.list.join(", ")}]`;
  if ("raw" in field) return `${key}: ${field.raw}`;
  const pairs = Object.entries(field.map).map(([each, value]) => `${each}: ${flowScalar(style, value)}`);
  return `${key}: {${pairs.join(", ")}}`;
}

function flowScalar(style: Style, value: string | number | null): string {
  return typeof value === "string" ? flowText(style, value) : String(value);
}

/** What may stand at the end of a line: nothing, blanks, a comment. */
export function ending({ random, comment }: Style): string {
  if (random.chance(0.85)) return "";
  return random.chance(0.2) ? pad(random.int(1, 3)) : `${pad(random.int(1, 4))}${comment()}`;
}
