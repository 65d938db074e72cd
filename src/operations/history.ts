import { type History, loadHistory, requireText } from "../store/restore-version.ts";
import { requireNode } from "../tree/find-node.ts";
import type { Workspace } from "./workspace.ts";

export interface HistoryRequest {
  /** Only versions about this node. */
  readonly id?: string | undefined;
  /** The newest so many. */
  readonly limit?: number | undefined;
}

/** The versions of the tree file that are kept, newest first. Throws NodeNotFoundError for an id that no version and no node has. */
export async function listVersions(
  workspace: Workspace,
  { id, limit = Number.POSITIVE_INFINITY }: HistoryRequest,
): Promise<History> {
  const { versions, isEdited } = loadHistory(workspace.file);
  const wanted = versions.filter(({ node }) => id === undefined || node === id);
  // A node that was deleted has its versions still.
  if (id !== undefined && wanted.length === 0) requireNode(await workspace.loadNodes(), id);
  return { versions: wanted.reverse().slice(0, limit), isEdited };
}

/** The text of the tree file as it was in a version. Throws NotFoundError. */
export function showVersion({ file }: Workspace, version: number): string {
  return requireText(file, version);
}
