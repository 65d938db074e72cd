import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ConflictError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";

/** What git keeps for one worktree; absolute paths without symbolic links. */
export interface WorktreeFolders {
  /** The worktree: the main one or a linked one. */
  readonly here: string;
  /** What all worktrees share: objects, refs, info/exclude. */
  readonly commonFolder: string;
  /** What belongs to `here` alone: HEAD, index; the common folder for the main worktree. */
  readonly gitFolder: string;
}

export interface Repository extends WorktreeFolders {
  /** The main worktree. */
  readonly root: string;
}

/** The repository around `folder`, found without starting git; undefined when there is none. Throws ConflictError for a bare one. */
export function findRepository(folder: string): Repository | undefined {
  let here = realFolder(folder);
  for (;;) {
    const found = findWorktreeAt(here);
    if (found) return { ...found, root: mainWorktree(found) };
    if (isBare(here)) throw bareRepository(here);
    const parent = dirname(here);
    if (parent === here) return undefined;
    here = parent;
  }
}

/** The worktree whose top folder is exactly `here` (without symbolic links). */
export function findWorktreeAt(here: string): WorktreeFolders | undefined {
  if (!statSync(here, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const dotGit = join(here, ".git");
  const stat = statSync(dotGit, { throwIfNoEntry: false });
  if (stat?.isDirectory())
    return isThere(join(dotGit, "HEAD")) ? { here, commonFolder: dotGit, gitFolder: dotGit } : undefined;
  const target = stat?.isFile() ? /^gitdir: (.+?)\s*$/.exec(readFileSync(dotGit, "utf8"))?.[1] : undefined;
  const gitFolder = target === undefined ? undefined : resolve(here, target);
  // Without HEAD it is half an entry, which git cannot read either.
  if (gitFolder === undefined || !isThere(join(gitFolder, "HEAD"))) return undefined;
  const own = realpathSync(gitFolder);
  return { here, gitFolder: own, commonFolder: readCommonFolder(own) ?? own };
}

/** A linked worktree's folder names the one that all share; submodules and separate git folders have no such file. */
function readCommonFolder(gitFolder: string): string | undefined {
  const file = join(gitFolder, "commondir");
  if (!isThere(file)) return undefined;
  const common = resolve(gitFolder, readFileSync(file, "utf8").trim());
  return isThere(common) ? realpathSync(common) : undefined;
}

/** Of a linked worktree: beside `.git`, or (for a submodule) where the configuration says. */
function mainWorktree({ here, gitFolder, commonFolder }: WorktreeFolders): string {
  if (gitFolder === commonFolder) return here;
  const config = readFileSync(join(commonFolder, "config"), "utf8");
  const named = /^\s*worktree\s*=\s*(.+?)\s*$/im.exec(config)?.[1];
  if (named !== undefined) return resolve(commonFolder, named.replace(/^"(.*)"$/, "$1"));
  if (basename(commonFolder) === ".git") return dirname(commonFolder);
  if (/^\s*bare\s*=\s*true\s*$/im.test(config)) throw bareRepository(commonFolder);
  throw new ConflictError(`${commonFolder} does not say where its main worktree is`, {
    hint: `Tell it: git config core.worktree FOLDER (the main worktree's), or call from there.`,
  });
}

function isBare(folder: string): boolean {
  return ["HEAD", "objects", "refs"].every((name) => isThere(join(folder, name)));
}

function bareRepository(folder: string): ConflictError {
  return new ConflictError(`${folder} is a bare repository; experiments need a main worktree`, {
    hint: "Clone it (git clone), and work in the clone.",
  });
}

/** The nearest folder that exists, without symbolic links. */
function realFolder(folder: string): string {
  let existing = resolve(folder);
  while (!isThere(existing)) existing = dirname(existing);
  return realpathSync(existing);
}
