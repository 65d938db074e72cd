import { join } from "node:path";
import { isThere } from "../system/is-there.ts";
import { isFullId } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { pinCommit } from "./pins.ts";
import { findEntry, loggedCommits } from "./worktree-state.ts";

/** Pins what would go with git's entry of the worktree at `path`: commits that only its HEAD or log knows, and what is staged in it. */
export async function pinLost(repository: Repository, path: string, id: string): Promise<void> {
  const git = gitIn(repository.root);
  const staged = await commitStaged(repository, path);
  for (const lost of [...(await loggedCommits(repository, path)), ...(staged ? [staged] : [])])
    await pinCommit(git, id, lost);
}

/** A commit of what is staged in a worktree whose folder is gone; undefined when that is nothing. */
async function commitStaged(repository: Repository, path: string): Promise<string | undefined> {
  const entry = findEntry(repository, path);
  // Without an index git was killed before anything could be staged.
  if (entry === undefined || isThere(path) || !isThere(join(entry, "index"))) return undefined;
  const git = gitIn(repository.root);
  const tree = (await git(`--git-dir=${entry}`, "write-tree")).trim();
  const [head = "", committed] = (await git(`--git-dir=${entry}`, "rev-parse", "HEAD", "HEAD^{tree}")).split("\n");
  if (committed === tree || !isFullId(head)) return undefined;
  const who = ["-c", "user.name=tree-autoresearch", "-c", "user.email=tree-autoresearch@localhost"];
  const message = "staged in a worktree whose folder is gone";
  return (await git(...who, "commit-tree", tree, "-p", head, "-m", message)).trim();
}
