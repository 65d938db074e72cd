import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { atomicWrite, removeLeftovers } from "../system/atomic-write.ts";
import { isThere } from "../system/is-there.ts";
import type { WorktreeEntry } from "./worktree-state.ts";

/** The worktree folder under `parent` that names this entry as its own, wherever git believes it to be. */
export function findMoved(parent: string, { folder }: WorktreeEntry): string | undefined {
  const names = statSync(parent, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(parent) : [];
  const isOwn = (path: string) => {
    const [, named] = /^gitdir: (.+)$/.exec(readText(join(path, ".git"))) ?? [];
    return named !== undefined && resolve(path, named) === folder;
  };
  return names.map((name) => join(parent, name)).find(isOwn);
}

/** The entry that the folder at `path` says it belongs to, if that is one of these, wherever the repository was then. */
export function findNamed(path: string, entries: readonly WorktreeEntry[]): WorktreeEntry | undefined {
  const [, name] = /^gitdir: (?:.*\/)?worktrees\/([^/]+)$/.exec(readText(join(path, ".git"))) ?? [];
  return entries.find(({ folder }) => basename(folder) === name);
}

/**
 * Makes git's entry and a worktree, which lies at `folder`, know each other; `path` is where it is to be found from now on.
 * Absolute, also where git was told to write relative paths: the two may be on their way to another place. Each file is
 * replaced as a whole: half a path is another one. (`git worktree repair` follows what the worktree says, and in a copy
 * of a repository that is the original.)
 */
export function linkWorktree(entry: string, folder: string, path = folder): void {
  atomicWrite(join(entry, "gitdir"), Buffer.from(`${join(path, ".git")}\n`));
  const link = join(folder, ".git");
  // A worktree is its owner's: nothing of a try that was killed stays in it.
  removeLeftovers(link);
  atomicWrite(link, Buffer.from(`gitdir: ${entry}\n`));
}

function readText(file: string): string {
  return isThere(file) && statSync(file).isFile() ? readFileSync(file, "utf8").trim() : "";
}
