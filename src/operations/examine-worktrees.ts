import { basename, relative, resolve } from "node:path";
import { InvalidTreeError, TreeError } from "../errors.ts";
import { findCommit, isFullId } from "../git/commits.ts";
import type { Repository } from "../git/find-repository.ts";
import { gitIn } from "../git/git.ts";
import { gitLockOf } from "../git/git-lock.ts";
import { listAside } from "../git/leaving.ts";
import { requireInside } from "../git/path-jail.ts";
import { removeWorktree } from "../git/remove-worktree.ts";
import { type Survey, surveyRepository } from "../git/survey.ts";
import { isMadeFor, listUnfinished } from "../git/unfinished.ts";
import {
  findMoved,
  findNamed,
  isAlive,
  isSamePlace,
  isWhole,
  linkWorktree,
  type WorktreeEntry,
} from "../git/worktree-entries.ts";
import { worktreeAt } from "../git/worktree-state.ts";
import { shellWord } from "../shell-word.ts";
import { findHolder, showHolder } from "../system/lock-holders.ts";
import type { FindingCode } from "../tree/finding.ts";
import type { IterationNode, IterationTree, Worktree } from "../tree/iteration-tree.ts";
import { mendTree } from "../tree/mend-tree.ts";
import { hasOwnWorktree } from "../tree/worktree.ts";
import { lastTip, startAgain } from "./branch-start.ts";
import { makeWorktree } from "./create-worktree.ts";
import { examineCommits, fullIds } from "./examine-commits.ts";
import { examineLeftovers, placesOf } from "./examine-leftovers.ts";
import type { Fault, Note } from "./fault.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** What another process of ours may just be at. */
const passing: readonly FindingCode[] = ["unfinished-add", "missing-worktree", "moved-worktree", "branch-gone"];

/** What is wrong between the tree and git; nothing without a repository. Mends are to be called in git's turn; what another process that has it may be at is left out. */
export async function examineWorktrees(
  workspace: Workspace,
  tree: IterationTree,
  { isOurTurn }: { readonly isOurTurn: boolean },
): Promise<readonly Fault[]> {
  const { repository } = workspace;
  if (!repository) return [];
  const commits = await fullIds(repository, tree);
  const survey = await surveyRepository(repository, [...new Set([...commits.values()].flat())]);
  const found = {
    workspace,
    tree,
    survey,
    aside: new Set(listAside(repository, [...placesOf(repository, tree).keys()]).map(({ path }) => path)),
  };
  const faults = tree.nodes.flatMap((node) => [
    ...examineCommits(repository, node, commits.get(node.node_id) ?? [], survey),
    ...(node.worktree && hasOwnWorktree(node) ? examineSafely({ ...found, node, worktree: node.worktree }) : []),
  ]);
  if (!isOurTurn && whoIsAtWork(repository)) return faults.filter(({ code }) => !passing.includes(code));
  return [...faults, ...examineLeftovers(repository, tree, faults)];
}

/** Another process that has git's turn, as it is shown; undefined when there is none. */
function whoIsAtWork(repository: Repository): string | undefined {
  const holder = findHolder(gitLockOf(repository));
  return holder === undefined || holder.life === "dead" ? undefined : showHolder(holder);
}

/** What cannot be judged now. */
export function findWorkers({ repository }: Workspace): readonly Note[] {
  const worker = repository && whoIsAtWork(repository);
  if (worker === undefined) return [];
  return [{ node_id: null, message: `${worker} is at work on git's worktrees: what they lack is not judged` }];
}

/** A name that git must not be given is a finding of its own. */
function examineSafely(known: Omit<Case, "path">): readonly Fault[] {
  const { workspace, node, worktree } = known;
  try {
    requireSafeNames(node);
    const { root } = requireRepository(workspace);
    const path = requireInside(root, worktree.path, `worktree.path of '${node.node_id}'`);
    const found = { ...known, path };
    return [...examineFolder(found), ...examineBranch(found)];
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    return [{ code: "unsafe-worktree", node_id: node.node_id, message: error.message, fix: null }];
  }
}

interface Case {
  readonly workspace: Workspace;
  readonly tree: IterationTree;
  readonly node: IterationNode;
  readonly worktree: Worktree;
  /** absolute, where the tree says that the worktree is */
  readonly path: string;
  readonly survey: Survey;
  /** Paths of worktrees that a removal left beside their places. */
  readonly aside: ReadonlySet<string>;
}

function examineFolder(found: Case): readonly Fault[] {
  const { node, worktree, path, survey } = found;
  const repository = requireRepository(found.workspace);
  const state = worktreeAt(repository, path);
  // What a removal left aside is a finding of its own.
  if (state === "ready" || found.aside.has(path)) return [];
  const entry = survey.entries.find((each) => isSamePlace(each.path, path));
  const isBegun = listUnfinished(repository, path).length > 0;
  const isWithout = !entry && !survey.branches.has(worktree.branch) && worktree.commit === null;
  if (state === "absent" && isBegun && node.status !== "pruned")
    return [create(found, "unfinished-add", `${worktree.path} was begun, and whoever made it was killed`)];
  if (state === "absent" && isWithout && node.status !== "pruned")
    return [create(found, "unfinished-add", `neither ${worktree.path} nor the branch '${worktree.branch}' is there`)];
  if (state === "foreign" && entry && isAlive({ ...entry, path }) && !isWhole(entry.folder)) return [damaged(found)];
  const moved = entry && findMoved(repository.root, path, entry);
  if (moved) return [repair(found, entry, moved)];
  if (state === "foreign") return [foreign(found)];
  if (entry && node.status === "pruned") return [forget(found)];
  if (entry) return [create(found, "missing-worktree", `${worktree.path} is gone, and git still expects it there`)];
  const isOthers = ({ path: taken }: WorktreeEntry) =>
    found.tree.nodes.some((each) => each.worktree && isSamePlace(resolve(repository.root, each.worktree.path), taken));
  // A branch that somebody checked out elsewhere does not make that worktree the node's.
  const isOwn = ({ folder }: WorktreeEntry) =>
    isMadeFor(repository, folder, path) || basename(folder) === basename(path);
  const elsewhere = survey.entries.find(
    (each) => each.branch === worktree.branch && isOwn(each) && isAlive(each) && !isOthers(each),
  );
  return elsewhere ? [record(found, elsewhere)] : [];
}

function create({ workspace, tree, node, worktree, path }: Case, code: FindingCode, message: string): Fault {
  return {
    ...{ code, node_id: node.node_id, message },
    fix: `create ${worktree.path} on ${worktree.branch}`,
    async mend() {
      const start = await startAgain(workspace, tree, node);
      await makeWorktree(workspace, node, { path, start, reuseBranch: true });
    },
  };
}

/** Nobody works on a pruned node: git's entry goes, and every commit that only the entry knows is pinned. */
function forget({ workspace, node, worktree, path }: Case): Fault {
  const repository = requireRepository(workspace);
  return {
    ...{ code: "missing-worktree", node_id: node.node_id },
    message: `${worktree.path} is gone, and git still expects it there`,
    fix: `make git forget ${worktree.path}`,
    async mend() {
      await removeWorktree(repository, path, { id: node.node_id, force: false });
    },
  };
}

/** Moved without git: the folder still says whose it is. */
function repair({ workspace, node, path, worktree }: Case, entry: WorktreeEntry, moved: string): Fault {
  const { root } = requireRepository(workspace);
  const to = relative(root, moved);
  const message = `${worktree.path} was moved to ${to} without git`;
  const base = { code: "moved-worktree", node_id: node.node_id } as const;
  if (!mayBeAt(root, to))
    return { ...base, message: `${message}, which is not for worktrees; move it back`, fix: null };
  return {
    ...{ ...base, message },
    fix: `tell git that it is at ${to}${moved === path ? "" : ", and record that path"}`,
    async mend() {
      linkWorktree(entry.folder, moved);
      if (moved !== path) await setPath(workspace, node, to);
    },
  };
}

/** A folder with git's mark in it, but of no worktree that this repository knows there: perhaps all was moved together. */
function foreign({ node, path, worktree, survey }: Case): Fault {
  const message = `${worktree.path} is a folder, but no worktree of this repository`;
  const entry = findNamed(path, survey.entries);
  if (!entry) return { code: "missing-worktree", node_id: node.node_id, message, fix: null };
  return {
    ...{ code: "moved-worktree", node_id: node.node_id, message: `${message}: was the repository moved, or copied?` },
    fix: "make it this repository's",
    mend: async () => linkWorktree(entry.folder, path),
  };
}

/** A git that was killed forgot half of it. What the worktree was at can only be guessed. */
function damaged({ node, worktree }: Case): Fault {
  const message = `git's records of ${worktree.path} are damaged: move the folder out of .worktrees, run doctor --fix, and bring back its files`;
  return { code: "missing-worktree", node_id: node.node_id, message, fix: null };
}

/** Moved with git: only the tree does not know. */
function record({ workspace, node, worktree }: Case, { path }: WorktreeEntry): Fault {
  const { root } = requireRepository(workspace);
  const to = relative(root, path);
  const message = `the worktree is at ${path}, not at ${worktree.path}`;
  const base = { code: "moved-worktree", node_id: node.node_id } as const;
  if (!mayBeAt(root, to)) {
    const back = `git worktree move ${shellWord(path)} ${shellWord(worktree.path)}`;
    return { ...base, message: `${message}; bring it back: ${back}`, fix: null };
  }
  return { ...base, message, fix: `record the path ${to}`, mend: () => setPath(workspace, node, to) };
}

/** Whether the tree file may name this path. */
function mayBeAt(root: string, path: string): boolean {
  try {
    requireInside(root, path, "the worktree");
    return true;
  } catch (error) {
    if (error instanceof InvalidTreeError) return false;
    throw error;
  }
}

async function setPath(workspace: Workspace, { node_id }: IterationNode, path: string): Promise<void> {
  await workspace.edit((tree) => mendTree(tree, { moved: new Map([[node_id, path]]), now: workspace.now() }));
}

function examineBranch({ workspace, node, worktree, survey }: Case): readonly Fault[] {
  const { branch, commit } = worktree;
  if (survey.branches.has(branch) || commit === null || !isFullId(commit) || survey.missing.has(commit)) return [];
  const { root } = requireRepository(workspace);
  const git = gitIn(root);
  const mend = async () => {
    // It came back with the worktree.
    if (await findCommit(git, `refs/heads/${branch}`)) return;
    await git("branch", "--no-track", branch, (await lastTip(workspace, node)) ?? commit);
  };
  const message = `the branch '${branch}' is gone`;
  return [{ code: "branch-gone", node_id: node.node_id, message, fix: `make it again, where it was last`, mend }];
}
