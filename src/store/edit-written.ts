import { ownValue, sameValue } from "../tree/diff-trees.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import type { EditedPart, PartEdit } from "./edit-stored.ts";
import { emitBlock, emitPair, isMapping } from "./emit.ts";
import { nodeInOrder } from "./fields.ts";
import { quote } from "./scalar.ts";

/**
 * Edits nodes that stand in the file as this program writes them: their lines are written from their values, and no YAML
 * is parsed. Undefined for any other text, and for values of which only reading them back tells that they are right.
 */
export function editWritten(edit: PartEdit): EditedPart | undefined {
  const { part, was, isTopChanged } = edit;
  if (isTopChanged || [part.head, ...part.blocks].some((each) => each.includes("\r"))) return undefined;
  const is = edit.is.map((node, i) => (node && node !== was[i] ? nodeInOrder(node) : node));
  const added = edit.added.map(nodeInOrder);
  const blocks: string[] = [];
  for (const [i, node] of was.entries()) {
    const block = editBlock(part.blocks[i] as string, node, is[i]);
    if (block === undefined) return undefined;
    if (is[i]) blocks.push(block);
  }
  if (added.length > 0) {
    const indent = is.includes(undefined) ? undefined : placeBehind(part.head, part.blocks, was);
    if (indent === undefined || !added.every(isCertain)) return undefined;
    blocks.push(...added.map((node) => linesOf(emitBlock([node], indent))));
  }
  return { pieces: { ...part, blocks }, nodes: [...is.filter((node) => node !== undefined), ...added] };
}

/** The column of the dashes, when the last block is as it is written and no blank line stands before it. */
function placeBehind(head: string, blocks: readonly string[], nodes: readonly IterationNode[]): number | undefined {
  const [block = "", node] = [blocks.at(-1), nodes.at(-1)];
  const written = node && findWritten(block, node);
  return written && !/\n[ \t]*\n$/.test(blocks.at(-2) ?? head) ? written.column - 2 : undefined;
}

/** The block of a node that becomes `wanted`; empty when it goes. */
function editBlock(block: string, node: IterationNode, wanted: IterationNode | undefined): string | undefined {
  if (wanted === node) return block;
  const written = findWritten(block, node);
  if (!written || !wanted) return written && "";
  const { column, entries } = written;
  const changes = new Map<string, unknown>();
  for (const key of new Set([...Object.keys(node), ...Object.keys(wanted)])) {
    const value = ownValue(wanted, key);
    if (!sameValue(ownValue(node, key), value)) changes.set(key, value);
  }
  if (![...changes.values()].every(isCertain)) return undefined;
  const write = (key: string) => {
    const value = changes.get(key);
    return value === undefined ? "" : entryOf(key, value, column);
  };
  const [first = "", ...others] = entries.map(({ key, text }) => (changes.has(key) ? write(key) : text));
  if (first === "") return undefined;
  const come = [...changes.keys()].filter((key) => !entries.some((entry) => entry.key === key)).map(write);
  return `${" ".repeat(column - 2)}- ${first.slice(column)}${others.join("")}${come.join("")}`;
}

interface Written {
  /** Where the keys stand. */
  readonly column: number;
  /** Each with its lines, the first one as if it stood beside no dash. */
  readonly entries: readonly { readonly key: string; readonly text: string }[];
}

/** The entries of the block of `node`, when each of them is what would be written for its value, and nothing else is there. */
function findWritten(block: string, node: IterationNode): Written | undefined {
  const column = (/^ *- /.exec(block)?.[0] ?? "").length;
  if (column === 0 || !block.endsWith("\n")) return undefined;
  const pad = " ".repeat(column);
  const texts = (pad + block.slice(column)).split(new RegExp(`(?<=\n)(?=${pad}[^ ])`));
  const entries = texts.map((text) => ({ key: text.slice(column, text.indexOf(":")), text }));
  const isWritten = entries.every(({ key, text }) => text === entryOf(key, ownValue(node, key), column));
  return isWritten ? { column, entries } : undefined;
}

function entryOf(key: string, value: unknown, column: number): string {
  return " ".repeat(column) + linesOf(emitPair(key, value, column));
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Whether it is plain to see that the value is read as it is written: texts without escapes, finite numbers. */
function isCertain(value: unknown): boolean {
  if (typeof value === "string") return quote(value) === `"${value}"`;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isCertain);
  if (isMapping(value)) return Object.entries(value).every((entry) => entry.every(isCertain));
  return true;
}
