import { ConflictError, GitError, NotFoundError } from "../errors.ts";
import type { Git } from "./git.ts";

/** The full id of the commit that `revision` names; undefined when there is none. */
export async function findCommit(git: Git, revision: string): Promise<string | undefined> {
  if (revision === "" || revision.includes("\0")) return undefined;
  try {
    const found = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
    // `^HEAD` is a revision to git, and names what is left out.
    return isFullId(found.trim()) ? found.trim() : undefined;
  } catch (error) {
    // Asked to be quiet, git says nothing when there is no such commit, also where it dies of it (HEAD@{99}).
    if (error instanceof GitError && (error.status === 1 || error.isSilent)) return undefined;
    throw error;
  }
}

/** A full commit id, and so nothing that git takes for an option. */
export function isFullId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
}

/** So many commit ids are given to one git process: a command line has an end. */
const mostAtOnce = 400;

/** Those of the full ids that are commits. */
export async function findKnown(git: Git, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(await listCommits(git, ids, ["--no-walk=unsorted"]));
}

/** What leads to commits until somebody of this repository deletes it; branches of others go with every fetch. */
const ours: readonly string[] = ["--branches", "--tags", "--glob=refs/tree-autoresearch"];

/** Those of the full ids that are commits to which nothing of `from` leads. */
export async function findUnreachable(git: Git, ids: readonly string[], from = ours): Promise<ReadonlySet<string>> {
  const lost = new Set(await listCommits(git, ids, ["--not", ...from]));
  return new Set(ids.filter((id) => lost.has(id)));
}

async function listCommits(git: Git, ids: readonly string[], how: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (let i = 0; i < ids.length; i += mostAtOnce) {
    const list = await git("rev-list", "--ignore-missing", ...ids.slice(i, i + mostAtOnce), ...how);
    found.push(...list.split("\n").filter(Boolean));
  }
  return found;
}

/** Whether the history of `later` holds `commit`; both full ids. */
export async function isAncestor(git: Git, commit: string, later: string): Promise<boolean> {
  try {
    await git("merge-base", "--is-ancestor", commit, later);
    return true;
  } catch (error) {
    if (error instanceof GitError && error.status === 1) return false;
    throw error;
  }
}

/** Whether the commit was made at this time (ISO 8601) or later. */
export async function madeSince(git: Git, commit: string, time: string | undefined): Promise<boolean> {
  return Number(await git("show", "--no-patch", "--format=%ct", commit)) >= Date.parse(time ?? "") / 1000;
}

export async function requireCommit(git: Git, revision: string): Promise<string> {
  const commit = await findCommit(git, revision);
  if (commit) return commit;
  throw new NotFoundError(`git knows no commit '${revision}'`, { hint: "See: git log --oneline --all" });
}

/** Throws ConflictError when nothing has been committed yet. */
export async function requireHead(git: Git): Promise<string> {
  const head = await findCommit(git, "HEAD");
  if (head) return head;
  throw new ConflictError("The repository has no commit yet", {
    hint: 'Commit first: git add -A && git commit -m "baseline"',
  });
}

/** Commits everything that is not ignored, and so ends a merge; does nothing when there is nothing to commit. `isTracked`: git knows of every file that is to be committed. */
export async function commitAll(
  git: Git,
  message: string,
  { isTracked = false }: { readonly isTracked?: boolean } = {},
): Promise<void> {
  // What git knows already it stages as it commits.
  if (!isTracked) await git("add", "--all");
  const all = isTracked ? ["--all"] : [];
  try {
    await git("commit", ...all, "--quiet", "--no-verify", "--allow-empty-message", `--message=${message}`);
  } catch (error) {
    const mayBeEmpty = error instanceof GitError && error.status === 1;
    // Files that are the same again to git (after a filter, say) look modified until it has staged them.
    if (mayBeEmpty && isTracked) return commitAll(git, message);
    if (!mayBeEmpty || (await isSomethingStaged(git))) throw error;
  }
}

async function isSomethingStaged(git: Git): Promise<boolean> {
  const staged = await git("diff", "--cached", "--name-only", "--ignore-submodules=none", "-z");
  return staged !== "" || (await findCommit(git, "MERGE_HEAD")) !== undefined;
}

/** `git diff --stat` between two commits, without colour; empty when they hold the same files. */
export async function diffStat(git: Git, from: string, to: string): Promise<string> {
  const stat = await git("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=100", from, to, "--");
  return stat.trimEnd();
}
