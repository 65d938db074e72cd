import type { Version } from "../store/history.ts";
import { type History, loadHistory, requireText } from "../store/restore-version.ts";
import type { Workspace } from "./workspace.ts";

export interface HistoryRequest {
  /** Only versions about this node. */
  readonly id?: string | undefined;
  /** The newest so many. */
  readonly limit?: number | undefined;
}

/** The versions of the tree file that are kept, newest first. */
export function listVersions({ file }: Workspace, { id, limit = Number.POSITIVE_INFINITY }: HistoryRequest): History {
  const { versions, isEdited } = loadHistory(file);
  const isWanted = ({ node }: Version) => id === undefined || node === id;
  return { versions: versions.filter(isWanted).reverse().slice(0, limit), isEdited };
}

/** The text of the tree file as it was in a version. Throws NotFoundError. */
export function showVersion({ file }: Workspace, version: number): string {
  return requireText(file, version);
}
