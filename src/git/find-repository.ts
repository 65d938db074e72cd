import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConflictError } from "../errors.ts";

/** Where a repository's parts lie; absolute paths without symbolic links. */
export interface Repository {
  /** The main worktree. */
  readonly root: string;
  /** The worktree in which the search began: the main one or a linked one. */
  readonly here: string;
  /** What all worktrees share: objects, refs, info/exclude. */
  readonly commonFolder: string;
  /** What belongs to `here` alone: HEAD, index; the common folder for the main worktree. */
  readonly gitFolder: string;
}

/** The repository around `folder`, found without starting git; undefined when there is none. Throws ConflictError for a bare one. */
export function findRepository(folder: string): Repository | undefined {
  let here = realFolder(folder);
  for (;;) {
    const found = repositoryAt(here);
    if (found) return found;
    if (isBare(here)) throw bareRepository(here);
    const parent = dirname(here);
    if (parent === here) return undefined;
    here = parent;
  }
}

function repositoryAt(here: string): Repository | undefined {
  const dotGit = join(here, ".git");
  const stat = statSync(dotGit, { throwIfNoEntry: false });
  if (stat?.isDirectory())
    return existsSync(join(dotGit, "HEAD")) ? { root: here, here, commonFolder: dotGit, gitFolder: dotGit } : undefined;
  const target = stat?.isFile() ? /^gitdir: (.+?)\s*$/.exec(readFileSync(dotGit, "utf8"))?.[1] : undefined;
  if (target === undefined) return undefined;
  const gitFolder = resolve(here, target);
  const common = readCommonFolder(gitFolder);
  if (common === undefined) {
    if (!existsSync(gitFolder)) return undefined;
    const own = realpathSync(gitFolder);
    return { root: here, here, commonFolder: own, gitFolder: own };
  }
  if (basename(common) !== ".git") throw bareRepository(common);
  return { root: dirname(common), here, commonFolder: common, gitFolder };
}

/** A linked worktree's folder names the one that all share; submodules and separate git folders have no such file. */
function readCommonFolder(gitFolder: string): string | undefined {
  const file = join(gitFolder, "commondir");
  if (!existsSync(file)) return undefined;
  const common = resolve(gitFolder, readFileSync(file, "utf8").trim());
  return existsSync(common) ? realpathSync(common) : undefined;
}

function isBare(folder: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => existsSync(join(folder, name)));
}

function bareRepository(folder: string): ConflictError {
  return new ConflictError(`${folder} is a bare repository; experiments need a main worktree`, {
    hint: "Clone it (git clone), and work in the clone.",
  });
}

/** The nearest folder that exists, without symbolic links. */
function realFolder(folder: string): string {
  let existing = resolve(folder);
  while (!existsSync(existing)) existing = dirname(existing);
  return realpathSync(existing);
}
