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
    if (error instanceof GitError && error.status === 1) return undefined;
    throw error;
  }
}

/** A full commit id, and so nothing that git takes for an option. */
export function isFullId(text: string): boolean {
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);
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

/** Commits everything that is not ignored, and so ends a merge; does nothing when there is nothing to commit. */
export async function commitAll(git: Git, message: string): Promise<void> {
  await git("add", "--all");
  const staged = await git("diff", "--cached", "--name-only", "-z");
  if (staged === "" && !(await findCommit(git, "MERGE_HEAD"))) return;
  await git("commit", "--quiet", "--no-verify", "--allow-empty-message", `--message=${message}`);
}

/** `git diff --stat` between two commits, without colour; empty when they hold the same files. */
export async function diffStat(git: Git, from: string, to: string): Promise<string> {
  const stat = await git("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=100", from, to, "--");
  return stat.trimEnd();
}
