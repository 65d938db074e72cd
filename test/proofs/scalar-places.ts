import { emitFlow, emitMapping } from "../../src/store/emit.ts";
import { renderText } from "../../src/store/scalar.ts";
import { type Tagged, untag } from "../store/peer.ts";

/** Where a scalar can stand in what we write, and where to look for it in what was read. */
export const places: readonly { write: (value: string | number) => string; find: (read: Tagged) => Tagged }[] = [
  { write: (value) => emitMapping({ v: value }, 0).join("\n"), find: valueIn },
  { write: (value) => emitMapping({ v: [value] }, 0).join("\n"), find: (read) => first(valueIn(read)) },
  { write: (value) => `v: ${emitFlow([value, { x: 1 }])}`, find: (read) => first(valueIn(read)) },
  { write: (value) => `- ${emitFlow({ x: value, y: "" })}`, find: (read) => valueIn(first(read)) },
  { write: (value) => `v: ${inStyle(value, "PLAIN")}`, find: valueIn },
  { write: (value) => `v: ${inStyle(value, "QUOTE_SINGLE")}`, find: valueIn },
];

function first([, items]: Tagged): Tagged {
  return (items as Tagged[])[0] as Tagged;
}

/** The value of a mapping's first key. */
function valueIn([, pairs]: Tagged): Tagged {
  return (pairs as [Tagged, Tagged][])[0]?.[1] as Tagged;
}

function inStyle(value: string | number, quoting: string): string {
  return typeof value === "string" ? renderText(value, quoting) : emitFlow(value);
}

/** Whether PyYAML read the text or number with its type. */
export function isSame(tagged: Tagged, value: string | number): boolean {
  if (typeof value === "string") return tagged[0] === "str" && tagged[1] === value.toWellFormed();
  const kinds = Number.isInteger(value) ? ["int", "float"] : ["float"];
  return kinds.includes(tagged[0]) && Object.is(untag(tagged), value);
}

/** No date, set or bytes among the values, which would look like text when they are untagged. */
export function onlyPlainKinds([kind, value]: Tagged): boolean {
  if (kind === "list") return (value as Tagged[]).every(onlyPlainKinds);
  if (kind === "map") return (value as [Tagged, Tagged][]).flat().every(onlyPlainKinds);
  return ["null", "bool", "int", "float", "str"].includes(kind);
}
