import { InvalidTreeError } from "../errors.ts";

/** No tree file is larger. */
export const maxBytes = 16 * 1024 * 1024;

export function tooLarge(name: string): InvalidTreeError {
  return new InvalidTreeError(`${name}:1:1: the file is larger than 16 MB`, {
    hint: "Move old nodes to another tree file; or move it away, and bring back a version: tree-autoresearch undo --to N",
  });
}
