import { ownValue } from "../tree/diff-trees.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { certainChanges, certainNode, UncertainError, withChanges } from "./certain.ts";
import type { EditedPart, PartEdit } from "./edit-stored.ts";
import { emitBlock, emitPair } from "./emit.ts";

/**
 * Edits nodes that stand in the file as this program writes them, but for comments at the ends of lines that stay: their
 * lines are written from their values, and no YAML is parsed. Undefined for any other text, and for values of which only
 * reading them back tells that they are right.
 */
export function editWritten(edit: PartEdit): EditedPart | undefined {
  const { part, isTopChanged } = edit;
  if (isTopChanged || [part.head, ...part.blocks].some((each) => each.includes("\r"))) return undefined;
  try {
    return editAll(edit);
  } catch (error) {
    if (error instanceof UncertainError) return undefined;
    throw error;
  }
}

interface Edited {
  readonly block: string;
  readonly node: IterationNode;
}

/** Throws UncertainError. */
function editAll({ part, was, is, added }: PartEdit): EditedPart {
  const kept = was.flatMap((node, i): readonly Edited[] => {
    const [block, wanted] = [part.blocks[i] as string, is[i]];
    if (wanted === node) return [{ block, node }];
    const written = requireWritten(block, node);
    return wanted ? [editBlock(written, node, wanted)] : [];
  });
  const indent = added.length > 0 ? requirePlaceBehind(part.head, part.blocks, { was, is }) : 0;
  const come = added.map(certainNode).map((node): Edited => ({ node, block: textOf(emitBlock([node], indent)) }));
  const all = [...kept, ...come];
  return { pieces: { ...part, blocks: all.map(({ block }) => block) }, nodes: all.map(({ node }) => node) };
}

/** The column of the dashes, when the last block is as it is written, no blank line stands before it, and no other one goes. */
function requirePlaceBehind(
  head: string,
  blocks: readonly string[],
  { was, is }: Pick<PartEdit, "was" | "is">,
): number {
  const [block, node] = [blocks.at(-1), was.at(-1)];
  const isSpaced = /\n[ \t]*\n$/.test(blocks.at(-2) ?? head);
  if (!block || !node || isSpaced || is.includes(undefined)) throw new UncertainError();
  return requireWritten(block, node).column - 2;
}

function editBlock({ column, entries }: Written, node: IterationNode, wanted: IterationNode): Edited {
  const changes = certainChanges(node, wanted);
  const write = (key: string) => {
    const value = changes.get(key);
    return value === undefined ? "" : entryOf(key, value, column);
  };
  if (entries.some(({ key, hasComment }) => hasComment && changes.has(key))) throw new UncertainError();
  const [first = "", ...others] = entries.map(({ key, text }) => (changes.has(key) ? write(key) : text));
  if (first === "") throw new UncertainError();
  const come = [...changes.keys()].filter((key) => !entries.some((entry) => entry.key === key)).map(write);
  return {
    block: `${" ".repeat(column - 2)}- ${first.slice(column)}${others.join("")}${come.join("")}`,
    node: withChanges(node, changes),
  };
}

interface Written {
  /** Where the keys stand. */
  readonly column: number;
  /** Each with its lines, the first one as if it stood beside no dash. */
  readonly entries: readonly { readonly key: string; readonly text: string; readonly hasComment: boolean }[];
}

/** What may follow a value on its line. */
const comment = /^ +#[ -~]*\n$/;

/** The entries of the block of `node`, when each of them is what would be written for its value, and nothing else but comments behind values of one line. Throws UncertainError. */
function requireWritten(block: string, node: IterationNode): Written {
  const column = (/^ *- /.exec(block)?.[0] ?? "").length;
  if (column === 0 || !block.endsWith("\n")) throw new UncertainError();
  const pad = " ".repeat(column);
  const texts = (pad + block.slice(column)).split(new RegExp(`(?<=\n)(?=${pad}[^ ])`));
  const entries = texts.map((text) => {
    const key = text.slice(column, text.indexOf(":"));
    const written = entryOf(key, ownValue(node, key), column);
    const line = written.slice(0, -1);
    const hasComment = !line.includes("\n") && text.startsWith(line) && comment.test(text.slice(line.length));
    if (text !== written && !hasComment) throw new UncertainError();
    return { key, text, hasComment };
  });
  return { column, entries };
}

function entryOf(key: string, value: unknown, column: number): string {
  return " ".repeat(column) + textOf(emitPair(key, value, column));
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
