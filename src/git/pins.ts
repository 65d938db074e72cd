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
