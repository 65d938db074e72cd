import { checksum } from "../src/system/checksum.ts";

/** The name of a folder in which the worktree of this id was begun, and of git's entry for it. */
export function unfinishedName(id: string): string {
  const digest = checksum(Buffer.from(`.worktrees/${id}`))
    .toString(16)
    .padStart(8, "0");
  return `${id}.${digest}-0123456789abcdef`;
}
