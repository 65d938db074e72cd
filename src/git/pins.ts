import { findCommit } from "./commits.ts";
import type { Git } from "./git.ts";

const folder = "refs/tree-autoresearch";
const shortLength = 7;

/** Keeps `commit` reachable for ever, whatever happens to its branch. Returns the ref. */
export async function pinCommit(git: Git, id: string, commit: string): Promise<string> {
  const short = `${folder}/${id}/${commit.slice(0, shortLength)}`;
  const taken = await findCommit(git, short);
  const ref = taken === undefined || taken === commit ? short : `${folder}/${id}/${commit}`;
  if (taken !== commit) await git("update-ref", ref, commit);
  return ref;
}

/** Keeps what a branch of this node was at when it was deleted, to begin there again. */
export async function keepTip(git: Git, id: string, commit: string): Promise<void> {
  await git("update-ref", `${folder}/${id}/branch`, commit);
}

/** That commit, if it was made since `time` (ISO 8601): a node that was deleted before may have had the same id. */
export async function findTip(git: Git, id: string, time: string | undefined): Promise<string | undefined> {
  return madeSince(git, await findCommit(git, `${folder}/${id}/branch`), time);
}

/** The commit, if there is one and it was made since `time` (ISO 8601). */
export async function madeSince(
  git: Git,
  commit: string | undefined,
  time: string | undefined,
): Promise<string | undefined> {
  if (commit === undefined) return undefined;
  const seconds = Number(await git("show", "--no-patch", "--format=%ct", commit));
  return seconds >= Date.parse(time ?? "") / 1000 ? commit : undefined;
}
