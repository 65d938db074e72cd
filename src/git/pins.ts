import { GitError } from "../errors.ts";
import { findCommit } from "./commits.ts";
import type { Git } from "./git.ts";

const folder = "refs/tree-autoresearch";
const shortLength = 7;

/** Keeps `commit` reachable for ever, whatever happens to its branch. `isLikely` says that it probably is already. Returns the ref. */
export async function pinCommit(
  git: Git,
  id: string,
  commit: string,
  { isLikely = false }: { readonly isLikely?: boolean } = {},
): Promise<string> {
  const short = `${folder}/${id}/${commit.slice(0, shortLength)}`;
  // Asked first what is more likely, one git does.
  const known = isLikely ? await findCommit(git, short) : undefined;
  if (known === commit) return short;
  if (known === undefined && (await makeRef(git, short, commit))) return short;
  const taken = known ?? (await findCommit(git, short));
  const ref = taken === undefined || taken === commit ? short : `${folder}/${id}/${commit}`;
  if (taken !== commit) await git("update-ref", ref, commit);
  return ref;
}

/** Returns false when there is one already, or git fails: whoever asks git again is told why. */
async function makeRef(git: Git, ref: string, commit: string): Promise<boolean> {
  try {
    await git("update-ref", ref, commit, "0".repeat(commit.length));
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

/** A node by its id, and by when it was added: one that was deleted before may have had the same id. */
export interface NodeName {
  readonly id: string;
  /** ISO 8601; undefined when its file does not say. */
  readonly created: string | undefined;
}

/** Keeps what a branch of this node was at when it was deleted, to begin there again. */
export async function keepTip(git: Git, node: NodeName, commit: string): Promise<void> {
  await git("update-ref", tipRef(node), commit);
}

/** That commit, if there is one. */
export function findTip(git: Git, node: NodeName): Promise<string | undefined> {
  return findCommit(git, tipRef(node));
}

function tipRef({ id, created = "" }: NodeName): string {
  return `${folder}/${id}/branch/${created.replace(/[^0-9A-Za-z]/g, "") || "unknown"}`;
}
