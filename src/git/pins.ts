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

/** The newest commit that was pinned for this node and made since `time` (ISO 8601): a node that was deleted may have had the same id. */
export async function findNewestPin(git: Git, id: string, time: string | undefined): Promise<string | undefined> {
  const format = "--format=%(committerdate:unix) %(objectname)";
  const pins = await git("for-each-ref", "--sort=-committerdate", "--count=1", format, `${folder}/${id}/`);
  const [seconds = "", commit] = pins.trim().split(" ");
  const since = Date.parse(time ?? "") / 1000;
  return commit !== undefined && Number(seconds) >= since ? commit : undefined;
}
