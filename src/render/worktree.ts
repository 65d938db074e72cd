import { renderBytes } from "./number.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";

interface WorktreeFacts {
  readonly node_id: string;
  readonly path: string;
  readonly branch: string | null;
  readonly commit: string | null;
  readonly head: string | null;
  readonly modified: readonly string[];
  readonly untracked: readonly string[];
  readonly disk_bytes: number;
  readonly run: string;
}

/** Path, branch, commit, state and disk use; the command to run is the last line. */
export function renderWorktree(facts: WorktreeFacts, theme: Theme): string {
  const { path, branch, commit, head, modified, untracked, disk_bytes, run } = facts;
  const recorded = safeText(commit?.slice(0, 7) ?? "none");
  const moved = head && head !== commit ? ` (HEAD is ${head.slice(0, 7)}: not synced)` : "";
  const changes = [
    modified.length && `${modified.length} modified`,
    untracked.length && `${untracked.length} untracked`,
  ].filter(Boolean);
  const line = (name: string, text: string) => `${theme.dim(name.padEnd(7))} ${text}`;
  return [
    line("path", safeText(path)),
    line("branch", branch === null ? "detached" : safeText(branch)),
    line("commit", recorded + moved),
    line("state", changes.length === 0 ? theme.good("clean") : theme.bad(changes.join(", "))),
    ...(disk_bytes > 0 ? [line("disk", renderBytes(disk_bytes))] : []),
    safeText(run),
  ].join("\n");
}
