// What a person does to the tree file in an editor: changes of text, made without the program's help.

/** Where each node begins, with the comments above it, and the lines before the first. */
function blocksOf(text: string): { readonly head: string; readonly blocks: readonly string[] } {
  const lines = text.split(/(?<=\n)/);
  const first = lines.findIndex((line) => line.startsWith("nodes:")) + 1;
  const blocks: string[] = [];
  let above = "";
  for (const line of lines.slice(first)) {
    if (line.trimStart().startsWith("#")) above += line;
    else if (/^\s*- node_id:/.test(line)) blocks.push(above + line);
    else blocks.push(`${blocks.pop() ?? ""}${above}${line}`);
    if (!line.trimStart().startsWith("#")) above = "";
  }
  if (above) blocks.push((blocks.pop() ?? "") + above);
  return { head: lines.slice(0, first).join(""), blocks };
}

function isOf(block: string, id: string): boolean {
  return new RegExp(`- node_id: "?${id}"?\\s`).test(block);
}

function changeBlock(text: string, id: string, what: (block: string) => string): string {
  const { head, blocks } = blocksOf(text);
  return head + blocks.map((block) => (isOf(block, id) ? what(block) : block)).join("");
}

export function describeByHand(text: string, id: string, description: string): string {
  return changeBlock(text, id, (block) => block.replace(/( description: ).*/, `$1${description}`));
}

export function moveByHand(text: string, id: string, parent: string): string {
  return changeBlock(text, id, (block) => block.replace(/( parent_id: ).*/, `$1${parent}`));
}

/** At the end of a line of the node, and above it; without a node at the top of the file. */
export function commentByHand(text: string, id: string | null, comment: string): string {
  if (id === null) return `# ${comment}\n${text}`;
  return changeBlock(text, id, (block) =>
    block.replace(/^(\s*)(- node_id: .*)$/m, (_, indent: string, line: string) => {
      const start = indent.replaceAll("\n", "");
      return `${start}# above ${comment}\n${start}${line} # beside ${comment}`;
    }),
  );
}

export function appendByHand(text: string, id: string, parent: string | null, description: string): string {
  const { blocks } = blocksOf(text);
  const indent = /^(\s*)- node_id/m.exec(blocks.at(-1) ?? "")?.[1]?.replaceAll("\n", "") ?? "  ";
  const lines = [`- node_id: ${id}`, `  parent_id: ${parent ?? "null"}`, `  description: ${description}`];
  return `${text}${lines.map((line) => `${indent}${line}\n`).join("")}`;
}

/** The last node comes first. */
export function reorderByHand(text: string): string {
  const { head, blocks } = blocksOf(text);
  return head + [...blocks.slice(-1), ...blocks.slice(0, -1)].join("");
}
