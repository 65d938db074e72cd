import { closeSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "./find-repository.ts";
import { gitIn } from "./git.ts";
import { withScratch } from "./scratch.ts";

/** So many names are given to one git process: a command line has an end. */
const mostAtOnce = 400;

/**
 * Tracked files that git calls unmodified although it would not give them back as they are: a filter (as nbstripout, for
 * the outputs of notebooks) keeps a part of them out of the repository. Those of Git LFS are stored whole elsewhere, and
 * are not looked at. `gitFolder` as for `readWorktree`. Paths relative to the worktree.
 */
export async function findFiltered(
  repository: Repository,
  path: string,
  gitFolder?: string,
): Promise<readonly string[]> {
  const where = gitFolder === undefined ? [] : [`--git-dir=${gitFolder}`, `--work-tree=${path}`];
  const git = (...args: readonly string[]) => gitIn(path)(...where, ...args);
  const without = ["attr:!filter", "attr:-filter", "attr:filter=lfs"].map((what) => `:(exclude,${what})`);
  const all = (await git("ls-files", "-z", "--", ...without)).split("\0").filter(Boolean);
  // A name that is not UTF-8 names no file here: what cannot be looked at is not said to be the same.
  const odd = all.filter((name) => name.includes("\ufffd"));
  const names = all.filter((name) => lstatSync(join(path, name), { throwIfNoEntry: false })?.isFile());
  if (names.length === 0) return odd;
  return withScratch(repository, async (copy) => {
    for (let i = 0; i < names.length; i += mostAtOnce)
      await git("checkout-index", "--force", `--prefix=${copy}/`, "--", ...names.slice(i, i + mostAtOnce));
    const isSame = (name: string) => isSameFile(join(path, name), join(copy, name));
    return [...new Set([...odd, ...names.filter((name) => !isSame(name))])];
  });
}

/** Piece by piece: they may be larger than the memory. */
function isSameFile(a: string, b: string): boolean {
  if (statSync(a).size !== statSync(b).size) return false;
  const files = [openSync(a, "r"), openSync(b, "r")] as const;
  const [left, right] = [Buffer.alloc(piece), Buffer.alloc(piece)] as const;
  try {
    for (;;) {
      const [read, other] = [readSync(files[0], left), readSync(files[1], right)];
      if (read !== other || !left.subarray(0, read).equals(right.subarray(0, other))) return false;
      if (read === 0) return true;
    }
  } finally {
    for (const file of files) closeSync(file);
  }
}

const piece = 1_048_576;
