import { relative } from "node:path";
import { requireInside } from "../git/path-jail.ts";
import { diskUse } from "../git/worktree-state.ts";
import { shellWord } from "../shell-word.ts";
import { requireNode } from "../tree/find-node.ts";
import { requireWorktree } from "./read-worktree.ts";
import type { Workspace } from "./workspace.ts";

/** A worktree as a person or agent needs it to go on. */
export interface WorktreeReport {
  readonly node_id: string;
  /** absolute */
  readonly path: string;
  readonly branch: string | null;
  /** what sync recorded, full id */
  readonly commit: string | null;
  /** where the worktree is now, full id */
  readonly head: string | null;
  readonly clean: boolean;
  readonly modified: readonly string[];
  readonly untracked: readonly string[];
  readonly ignored: number;
  readonly disk_bytes: number;
  /** the shell command that runs the experiment from where the caller stands */
  readonly run: string;
}

/** Throws NodeNotFoundError, NotFoundError when the worktree is gone. */
export async function describeWorktree(workspace: Workspace, id: string): Promise<WorktreeReport> {
  const node = requireNode(await workspace.load(), id);
  const { path, isOwn, state } = await requireWorktree(workspace, node);
  const folder = requireInside(path, node.working_dir, `working_dir of '${id}'`, "src");
  const from = relative(workspace.cwd, folder) || ".";
  return {
    node_id: id,
    path,
    branch: state.branch ?? null,
    commit: node.worktree?.commit ?? null,
    head: state.head ?? null,
    clean: state.modified.length === 0 && state.untracked.length === 0,
    modified: state.modified,
    untracked: state.untracked,
    ignored: state.ignored.length,
    disk_bytes: isOwn ? diskUse(path) : 0,
    run: `cd ${shellWord(from)} && ${onOneLine(node.command)}`,
  };
}

/** A command of several lines as one that can be pasted, in the quoting that bash and zsh share. */
function onOneLine(command: string): string {
  const text = command.trim();
  if (!/[\n\r\t]/.test(text)) return text;
  const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "'": "\\'", "\\": "\\\\" };
  return `eval $'${text.replace(/[\n\r\t'\\]/g, (char) => escapes[char] as string)}'`;
}
