import { basename, dirname, relative, sep } from "node:path";
import { TreeFileNotFoundError } from "../errors.ts";
import { excludePaths } from "../git/exclude.ts";
import { findRepository, type Repository } from "../git/find-repository.ts";
import { loadNodes, loadTree } from "../store/load-tree.ts";
import { isExpected, type TreeFile } from "../store/tree-file.ts";
import { isThere } from "../system/is-there.ts";
import { pause } from "../system/pause.ts";
import { diffTrees } from "../tree/diff-trees.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import { findOver } from "./find-over.ts";
import { defaultName, locateTreeFile } from "./locate-tree-file.ts";
import { placeTreeFile, requirePath } from "./place-tree-file.ts";
import type { Plan, Workspace } from "./workspace.ts";

export interface OpenOptions {
  /** The tree file's name; without it, the one of the repository around `cwd`. */
  readonly file?: string | undefined;
  readonly cwd?: string | undefined;
  readonly dryRun?: boolean | undefined;
  /** Whether the tree file may be missing, to be begun by the first edit. */
  readonly create?: boolean | undefined;
  /** Whether the file may be gone, as long as its history is there. */
  readonly mayBeGone?: boolean | undefined;
  /** What the caller is doing, shown to those who wait for the lock. */
  readonly purpose?: string | undefined;
  readonly now?: (() => Date) | undefined;
  readonly warn?: ((message: string) => void) | undefined;
}

/** Opens the workspace of a tree file. Throws TreeFileNotFoundError naming the places that were tried. */
export function openWorkspace(options: OpenOptions = {}): Workspace {
  const { cwd = process.cwd(), dryRun = false, create = false, mayBeGone = false } = options;
  const { purpose = "library", now = () => new Date() } = options;
  const warn = onceEach(options.warn ?? (() => {}));
  const find = findOnce();
  const location = locateTreeFile({ cwd, named: options.file }, find);
  const path = requirePath(location.path);
  const repository = find(dirname(path));
  const file = placeTreeFile(path, find);
  const isGone = !location.exists && !create && !comesBack(file);
  if (isGone && !(mayBeGone && isExpected(file))) throw notFound(location.looked, options.file, isExpected(file));
  if (location.ignoredCopy) warn(`reading ${location.path}, not the copy in this worktree`);
  const plan: Plan = { steps: [], differences: [] };
  const perform: Workspace["perform"] = async (step, action) => {
    plan.steps.push(step);
    if (!dryRun) await action();
  };
  const time = () =>
    now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
  return {
    ...{ file, repository, cwd, dryRun, purpose, plan, warn, perform, now: time },
    async load() {
      const { tree, warnings } = await loadTree(file);
      warnings.forEach(warn);
      const over = findOver(tree);
      if (over.length === 0) return tree;
      const { showOver } = await import("./show-over.ts");
      return showOver(file, tree, over, time());
    },
    loadNodes: () => loadNodes(file),
    async check(change) {
      const { checkEdit } = await import("../store/edit-tree-file.ts");
      await checkEdit(file, change);
    },
    async edit(change, { create: mayCreate = false, mends, settles = !dryRun && !mends } = {}) {
      const isBegun = mayCreate && !isThere(path);
      if (isBegun && isExpected(file))
        warn(`${basename(path)} was there before, and is begun anew; see: tree-autoresearch history`);
      if (isBegun) await perform(`create ${path}`, () => excludeOurs(file, repository));
      const { editTreeFile } = await import("../store/edit-tree-file.ts");
      const { keepSchema } = await import("./keep-schema.ts");
      const unlessOver = (tree: IterationTree) => {
        if (settles && findOver(tree).length > 0) throw new OverError(tree);
        return change(tree);
      };
      const options = { purpose, now: time(), dryRun, create: mayCreate, mends };
      const edited = await editTreeFile(file, options, unlessOver).catch(async (error: unknown) => {
        if (!(error instanceof OverError)) throw error;
        const { settleAttempts } = await import("./settle-attempts.ts");
        // What one run left must not keep anybody from anything else.
        await settleAttempts(this, error.tree).catch((failed: Error) =>
          warn(`how a run ended could not be recorded: ${failed.message}`),
        );
        return editTreeFile(file, options, change);
      });
      edited.warnings.forEach(warn);
      if (dryRun) plan.differences.push(...diffTrees(edited.before, edited.tree));
      else await keepSchema(file);
      return edited;
    },
    async forget({ isBegun, tree }) {
      const { forgetTreeFile } = await import("../store/forget-file.ts");
      return isBegun && forgetTreeFile(file, { purpose }, tree);
    },
    async restore(request) {
      plan.steps.push(`make ${basename(path)} what it was in version ${request.version}`);
      const { restoreVersion } = await import("../store/restore-version.ts");
      const restored = await restoreVersion(file, { purpose, now: time(), dryRun }, request);
      restored.warnings.forEach(warn);
      if (dryRun && restored.before) plan.differences.push(...diffTrees(restored.before, restored.tree));
      return restored;
    },
  };
}

/** Within an edit: there are attempts to be recorded first, for which the lock is not to be held. */
class OverError extends Error {
  readonly tree: IterationTree;
  constructor(tree: IterationTree) {
    super("attempts have ended");
    this.tree = tree;
  }
}

/** The same folder is mostly asked about three times. */
function findOnce(): typeof findRepository {
  const found = new Map<string, Repository | undefined>();
  return (folder) => {
    if (!found.has(folder)) found.set(folder, findRepository(folder));
    return found.get(folder);
  };
}

/** Some editors rename the old file away before they write the new one: a file with a history is waited for a moment. */
function comesBack(file: TreeFile): boolean {
  for (let look = 0; look < 10 && isExpected(file); look++) {
    if (isThere(file.path)) return true;
    pause(20);
  }
  return false;
}

/** A file that is read twice is complained about once. */
function onceEach(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
}

/** Keeps tree file and worktrees out of `git add`. */
function excludeOurs({ path }: TreeFile, repository: Repository | undefined): void {
  // The same for all worktrees: a file's path is that in its own.
  if (repository) excludePaths(repository, [relative(repository.here, path).split(sep).join("/"), ".worktrees/"]);
}

function notFound(looked: readonly string[], named: string | undefined, hasHistory: boolean): TreeFileNotFoundError {
  const what = named === undefined ? defaultName : `tree file '${named}'`;
  return new TreeFileNotFoundError(
    `No ${what}; looked for ${looked.slice(0, 4).join(", ")}${looked.length > 4 ? ", ..." : ""}`,
    {
      hint: hasHistory
        ? "It was there before. See: tree-autoresearch history; bring it back: tree-autoresearch undo --to VERSION"
        : "`tree-autoresearch add --desc TEXT --cmd COMMAND` begins a tree; --file names another one.",
    },
  );
}
