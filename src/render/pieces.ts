import type { Theme } from "./theme.ts";
import { cutTo, widthOf } from "./width.ts";

/** A piece of a line without colour, and how it is coloured once it is cut. */
export interface Piece {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export function plain(text: string): string {
  return text;
}

/** Cuts the pieces of a line so that together they fit the theme's width. */
export function fitPieces(pieces: readonly Piece[], { width, cut }: Theme): string {
  if (width === undefined) return pieces.reduce((line, { text, paint }) => (text ? line + paint(text) : line), "");
  let left = width;
  return pieces
    .map(({ text, paint }) => {
      const shown = cutTo(text, left, cut);
      left -= widthOf(shown);
      return shown && paint(shown);
    })
    .join("");
}
