/** A tree file's text cut at its nodes: together the pieces are the text. */
export interface Pieces {
  /** Up to the first node, with the line `nodes:`. */
  readonly head: string;
  /** One a node: from its dash to the next one, with the comments and blank lines between. */
  readonly blocks: readonly string[];
  /** What follows the last node. */
  readonly tail: string;
}

/** What may make one place of a document mean something at another: more documents, directives. */
const marks = /^(?:---|\.\.\.|%)/m;
const nodesLine = /^nodes:[ ]*(?:#.*)?\r?\n/gm;
/** Line breaks to some readers and not to others, and a mark that may stand at the beginning only. */
const oddBreaks = /\r(?!\n)|[\u0085\u2028\u2029]|(?!^)\ufeff/;
/** How what follows the list begins: a key of the file's own mapping. */
const key = /^[A-Za-z_][\w.-]*:(?=[ \r\n]|$)/;

/**
 * Cuts a text whose `nodes` are a block list. Undefined for any other one, and when it has to be read as a whole.
 *
 * Every piece is read alone, so whatever goes on from one piece into another (a quoted text, a flow collection, an
 * alias) is an error there: then the text is read as a whole. Where no piece has an error, together they mean what the
 * text means.
 */
export function splitText(text: string): Pieces | undefined {
  if (mayBreakOddly(text) && oddBreaks.test(text)) return undefined;
  const [found, other] = [...text.matchAll(nodesLine)];
  if (!found || other) return undefined;
  const list = found.index + found[0].length;
  // Comments and blank lines may stand before the first node.
  const first = /^(?:[ \t]*(?:#.*)?\r?\n)*( *)-(?= |\r?\n)/.exec(text.slice(list));
  if (!first) return undefined;
  const indent = first[1] as string;
  const start = list + first[0].length - 1 - indent.length;
  const end = findEnd(text, start, indent.length);
  const [head, tail] = [text.slice(0, start), text.slice(end)];
  // A mark ends the list, too, so that none can stand within it.
  if (marks.test(head) || marks.test(tail)) return undefined;
  if (tail !== "" && !key.test(tail.slice(0, 1000))) return undefined;
  const blocks = cutBlocks(text, start, end, indent);
  return blocks && { head, blocks, tail };
}

/** Quickly told of nearly every text: it has no such character. */
function mayBreakOddly(text: string): boolean {
  return text.includes("\r") || Buffer.byteLength(text) > text.length;
}

/** Where a line begins that is indented less than the list, and so is none of it. */
function findEnd(text: string, start: number, indent: number): number {
  const outside =
    indent === 0 ? /\n(?:[^ \t\r\n#-]|-(?![ \r\n]))/g : new RegExp(`\n {0,${indent - 1}}[^ \\r\\n#]`, "g");
  outside.lastIndex = start;
  const found = outside.exec(text);
  return found ? found.index + 1 : text.length;
}

/** Of more, nobody would want to read each alone: no tree has so many nodes. */
const mostBlocks = 100_000;

function cutBlocks(text: string, start: number, end: number, indent: string): readonly string[] | undefined {
  const dash = `\n${indent}-`;
  const blocks: string[] = [];
  let from = start;
  for (let at = text.indexOf(dash, start); at >= 0 && at < end; at = text.indexOf(dash, at + 1)) {
    if (!/[ \r\n]/.test(text.charAt(at + dash.length))) continue;
    blocks.push(text.slice(from, at + 1));
    if (blocks.length === mostBlocks) return undefined;
    from = at + 1;
  }
  blocks.push(text.slice(from, end));
  return blocks;
}
