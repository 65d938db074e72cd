import fastStringWidth from "fast-string-width";

/** No window is so wide: what comes later is counted in UTF-16 units, since measuring a megabyte takes a second. */
const measured = 10_000;

/** Characters of one cell and one byte each; looking closer takes a hundred times as long. */
const plain = /^[ -~]*$/;
/** With what the theme draws. */
const single = /^[ -~●○◐◇✗⊘★…→├└│─┡┗┠┃━]*$/;

/** Terminal cells that a text takes; wide characters and emoji take two. */
export function widthOf(text: string): number {
  if (single.test(text)) return text.length;
  return fastStringWidth(text.slice(0, measured)) + Math.max(0, text.length - measured);
}

/** Bytes that a text takes in UTF-8. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Cuts a text without colour to at most `size` cells (or what `measure` counts), marking the cut. */
export function cutTo(text: string, size: number, mark = "…", measure = widthOf): string {
  if (size <= 0) return "";
  if (plain.test(text)) {
    if (text.length <= size) return text;
    const room = size - measure(mark);
    return room < 0 ? mark.slice(0, size) : text.slice(0, room).trimEnd() + mark;
  }
  if (text.length <= longestFor(size) && measure(text) <= size) return text;
  const room = size - measure(mark);
  if (room < 0) return mark.slice(0, size);
  let cut = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, longestFor(size)))) {
    used += measure(segment);
    if (used > room) break;
    cut += segment;
  }
  return cut.trimEnd() + mark;
}

/** UTF-16 units of a text that may fit: a character of one cell has a few at the most. */
function longestFor(size: number): number {
  return 16 * size + 64;
}

export function padTo(text: string, cells: number, align: "left" | "right" = "left"): string {
  const pad = " ".repeat(Math.max(0, cells - widthOf(text)));
  return align === "left" ? text + pad : pad + text;
}
