import { createHash } from "node:crypto";

/** The name of a folder in which the worktree of this id was begun, and of git's entry for it. */
export function unfinishedName(id: string): string {
  const digest = createHash("sha256").update(`.worktrees/${id}`).digest("hex").slice(0, 8);
  return `${id}.${digest}-0123456789abcdef`;
}
