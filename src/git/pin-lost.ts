import { copyFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ConflictError, GitError } from "../errors.ts";
import { isEmpty, isThere } from "../system/is-there.ts";
import { readText } from "../system/read-text.ts";
import { findCommit, findUnreachable, isFullId } from "./commits.ts";
import type { Repository } from "./find-repository.ts";
import { type Git, gitIn } from "./git.ts";
import { pinCommit } from "./pins.ts";
import { withScratch } from "./scratch.ts";
import { findEntry, isWhole } from "./worktree-entries.ts";

/**
 * Pins what would go with git's entry of the worktree at `path`: commits that nothing else leads to (its HEAD, its log,
 * a merge or rebase that was stopped), and what is staged in it when its folder is gone.
 */
export async function pinLost(repository: Repository, path: string, id: string): Promise<void> {
  const entry = findEntry(repository, path)?.folder;
  if (entry === undefined) return;
  const git = gitIn(repository.root);
  const staged = isThere(path) && !isEmpty(path) ? undefined : await commitStaged(repository, entry);
  for (const lost of [...(await loggedCommits(repository, entry)), ...(staged ? [staged] : [])])
    await pinCommit(git, id, lost);
}

/** Commits that only git's entry of a worktree, or only this branch's log, names: they would go with it. */
export async function loggedCommits(repository: Repository, entry: string): Promise<readonly string[]> {
  refuseTables(repository);
  return [...(await findUnreachable(gitIn(repository.root), [...new Set(idsIn(entry))]))];
}

/** Logs that are no files of their own would be taken for none, and what only they name would be lost. */
function refuseTables({ commonFolder }: Repository): void {
  if (!isThere(join(commonFolder, "reftable"))) return;
  throw new ConflictError(
    "The repository keeps its refs in tables (reftable), whose logs are not looked through here",
    {
      hint: "Nothing was removed. Only repositories that keep refs as files are supported here (git init --ref-format=files).",
    },
  );
}

/** Whatever in these files looks like a commit's id. The index is no text, and what was only fetched is no work of the worktree's. */
function idsIn(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    const names = readdirSync(path).filter((name) => !/^(index.*|FETCH_HEAD|modules)$/.test(name));
    return names.flatMap((name) => idsIn(join(path, name)));
  }
  return (readText(path).match(/\b[0-9a-f]{40,64}\b/g) ?? []).filter((id) => isFullId(id) && !/^0+$/.test(id));
}

/** A commit of what is staged in a worktree whose folder is gone; undefined when that is nothing. */
async function commitStaged(repository: Repository, entry: string): Promise<string | undefined> {
  // Without an index git was killed before anything could be staged.
  if (!isThere(join(entry, "index"))) return undefined;
  const git = gitIn(repository.root);
  // git does not read half an entry; its HEAD is pinned all the same when it can be read.
  const whose = isWhole(entry) ? [`--git-dir=${entry}`] : [];
  const ofEntry: Git = (...args) => git(...whose, ...args);
  const head = whose.length > 0 ? await findCommit(ofEntry, "HEAD") : undefined;
  const tree = await withScratch(repository, (folder) => writeTree(repository, { entry, whose, folder }));
  if (tree === undefined || (head && (await ofEntry("rev-parse", "HEAD^{tree}")).trim() === tree)) return undefined;
  const who = ["-c", "user.name=tree-autoresearch", "-c", "user.email=tree-autoresearch@localhost"];
  const message = "staged in a worktree whose folder is gone";
  return (await git(...who, "commit-tree", tree, ...(head ? ["-p", head] : []), "-m", message)).trim();
}

/** What the index of this entry holds, as a tree, without what a merge left unresolved: its sides are in commits. undefined when git cannot read it, or what it names: then nobody can. */
async function writeTree(
  { root }: Repository,
  { entry, whose, folder }: { readonly entry: string; readonly whose: readonly string[]; readonly folder: string },
): Promise<string | undefined> {
  try {
    const index = join(folder, "index");
    copyFileSync(join(entry, "index"), index);
    const git = gitIn(root, { index });
    const unmerged = (await git(...whose, "ls-files", "-u", "-z")).split("\0").filter(Boolean);
    const names = [...new Set(unmerged.map((line) => line.slice(line.indexOf("\t") + 1)))];
    for (const name of names)
      await git(...whose, `--work-tree=${folder}`, "update-index", "--force-remove", "--", name);
    return (await git(...whose, "write-tree")).trim();
  } catch (error) {
    const isLost = /index file (smaller|corrupt)|bad (index file )?(signature|sha1|index version)|invalid object/i;
    if (error instanceof GitError && (whose.length === 0 || isLost.test(error.message))) return undefined;
    throw error;
  }
}
