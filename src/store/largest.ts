import { InvalidTreeError, UnwritableError } from "../errors.ts";

/** No tree file is larger. */
export const maxBytes = 16 * 1024 * 1024;

/** Throws ConflictError for a text of so many bytes that would be refused when it is read next. */
export function requireFits(length: number, name: string): void {
  if (length <= maxBytes) return;
  throw new UnwritableError(`${name}: with this change the file would be larger than 16 MB; nothing was written`, {
    hint: "Make the texts shorter, or begin another tree file: --file NAME",
  });
}

export function tooLarge(name: string): InvalidTreeError {
  return new InvalidTreeError(`${name}:1:1: the file is larger than 16 MB`, {
    hint: "Move old nodes to another tree file; or move it away, and bring back a version: tree-autoresearch undo --to N",
  });
}
