import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";

/** So many names are given to one git process: a command line has an end. */
const mostAtOnce = 400;

/**
 * Tracked files that git calls unmodified although it would not give them back as they are: a filter (as nbstripout, for
 * the outputs of notebooks) keeps a part of them out of the repository. Those of Git LFS are stored whole elsewhere, and
 * are not looked at. `gitFolder` as for `readWorktree`. Paths relative to the worktree.
 */
export async function findFiltered(
  { commonFolder }: Repository,
  path: string,
  gitFolder?: string,
): Promise<readonly string[]> {
  const where = gitFolder === undefined ? [] : [`--git-dir=${gitFolder}`, `--work-tree=${path}`];
  const git = (...args: readonly string[]) => gitIn(path)(...where, ...args);
  const without = ["attr:!filter", "attr:-filter", "attr:filter=lfs"].map((what) => `:(exclude,${what})`);
  const isFile = (name: string) =>
    name !== "" && (lstatSync(join(path, name), { throwIfNoEntry: false })?.isFile() ?? false);
  const names = (await git("ls-files", "-z", "--", ...without)).split("\0").filter(isFile);
  if (names.length === 0) return [];
  const parent = join(commonFolder, "tree-autoresearch");
  mkdirSync(parent, { recursive: true });
  const copy = mkdtempSync(join(parent, "look-"));
  try {
    for (let i = 0; i < names.length; i += mostAtOnce)
      await git("checkout-index", "--force", `--prefix=${copy}/`, "--", ...names.slice(i, i + mostAtOnce));
    return names.filter((name) => !readFileSync(join(path, name)).equals(readFileSync(join(copy, name))));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
