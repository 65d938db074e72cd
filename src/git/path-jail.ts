import { lstatSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { ConflictError, InvalidTreeError } from "../errors.ts";
import { unsafeCharacters } from "../unsafe-characters.ts";

const worktrees = ".worktrees";

/**
 * Where worktrees are begun, beside the nodes' so that one can become the other in one step; no id begins with a dot.
 * Throws ConflictError when a symbolic link leads elsewhere.
 */
export function unfinishedFolder(root: string): string {
  const folder = join(root, worktrees, ".unfinished");
  for (const part of [dirname(folder), folder]) requireFolder(part, false);
  return folder;
}

/**
 * The absolute path of what the tree file calls `path`, which must lie under `root`, outside of any `.git` and of our own
 * folders, and not behind a symbolic link. Throws InvalidTreeError, ConflictError.
 */
export function requireInside(root: string, path: string, what: string, example = ".worktrees/ID"): string {
  const inside = relative(root, resolve(root, path));
  const steps = inside.split(sep);
  if (
    isAbsolute(path) ||
    isAbsolute(inside) ||
    steps[0] === ".." ||
    // Also that of a repository within: git would run what is put into its hooks.
    steps.some((step) => step.toLowerCase() === ".git") ||
    (steps[0] === worktrees && steps[1]?.startsWith(".")) ||
    path.includes("\0")
  ) {
    throw new InvalidTreeError(
      `${what} is ${JSON.stringify(path)}, which is outside of ${root}, or not for worktrees`,
      {
        hint: `Give a path within it, such as ${example}. Change it in the tree file by hand.`,
      },
    );
  }
  if (unsafeCharacters().test(path)) {
    throw new InvalidTreeError(`${what} is ${JSON.stringify(path)}, which has characters that a terminal obeys`, {
      hint: "Change it in the tree file by hand.",
    });
  }
  if (inside !== "")
    steps.forEach((_, depth) => {
      requireFolder(join(root, ...steps.slice(0, depth + 1)), depth + 1 === steps.length);
    });
  return join(root, inside);
}

function requireFolder(part: string, isLast: boolean): void {
  const stat = lstatSync(part, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink()) {
    throw new ConflictError(`${part} is a symbolic link; a worktree behind it could lie outside of the repository`, {
      hint: "Replace the link by a folder.",
    });
  }
  if (stat && !stat.isDirectory() && !isLast) {
    throw new ConflictError(`${part} is a file, where a folder is needed`, { hint: "Move it away." });
  }
}

/** Whether git may be given this branch name from a tree file. */
export function isSafeBranch(branch: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/.test(branch) && !/\.\.|\/\/|\/\.|\.\/|[./]$|\.lock(\/|$)/i.test(branch);
}

/** git takes some branch names for options, and check-ref-format lets them pass. Throws ConflictError. */
export function requireSafeBranch(branch: string): void {
  if (isSafeBranch(branch)) return;
  throw new ConflictError(`The branch ${JSON.stringify(branch)} is not a name that git should be given`, {
    hint: "Letters, digits, '.', '_', '-' and '/' only. Change it in the tree file by hand.",
  });
}
