import stringWidth from "string-width";

/** Terminal cells that a text takes; wide characters and emoji take two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Cuts a text without colour to at most `cells`, marking the cut. */
export function cutTo(text: string, cells: number, mark = "…"): string {
  if (cells <= 0) return "";
  if (widthOf(text) <= cells) return text;
  const room = cells - widthOf(mark);
  let cut = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += widthOf(segment);
    if (width > room) break;
    cut += segment;
  }
  return cut.trimEnd() + mark.slice(0, Math.max(0, cells));
}

export function padTo(text: string, cells: number, align: "left" | "right" = "left"): string {
  const pad = " ".repeat(Math.max(0, cells - widthOf(text)));
  return align === "left" ? text + pad : pad + text;
}
