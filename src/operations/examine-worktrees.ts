import { dirname, join, relative } from "node:path";
import { InvalidTreeError, TreeError } from "../errors.ts";
import { isFullId } from "../git/commits.ts";
import type { Repository } from "../git/find-repository.ts";
import { gitIn } from "../git/git.ts";
import { gitLockOf, withGitLock } from "../git/git-lock.ts";
import { requireInside } from "../git/path-jail.ts";
import { pinLost } from "../git/pin-lost.ts";
import { removeWorktree } from "../git/remove-worktree.ts";
import { type Survey, surveyRepository } from "../git/survey.ts";
import { clearUnfinished, listUnfinished } from "../git/unfinished.ts";
import { findMoved, findNamed, linkWorktree } from "../git/worktree-links.ts";
import { listEntries, type WorktreeEntry, worktreeAt } from "../git/worktree-state.ts";
import { findHolder } from "../system/lock-holders.ts";
import { hasOwnWorktree } from "../tree/add-node.ts";
import { findNode } from "../tree/find-node.ts";
import type { FindingCode } from "../tree/finding.ts";
import type { IterationNode, IterationTree, Worktree } from "../tree/iteration-tree.ts";
import { mendTree } from "../tree/mend-tree.ts";
import { ensureWorktree, startOf } from "./add-node.ts";
import { examineCommits, fullIds } from "./examine-commits.ts";
import type { Fault, Note } from "./fault.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** What is wrong between the tree and git; nothing without a repository. */
export async function examineWorktrees(workspace: Workspace, tree: IterationTree): Promise<readonly Fault[]> {
  const { repository } = workspace;
  if (!repository) return [];
  const commits = await fullIds(repository, tree);
  const survey = await surveyRepository(repository, [...new Set([...commits.values()].flat())]);
  const faults = tree.nodes.flatMap((node) => [
    ...examineCommits(repository, node, commits.get(node.node_id) ?? [], survey),
    ...(node.worktree && hasOwnWorktree(node) ? examineSafely(workspace, tree, node, node.worktree, survey) : []),
  ]);
  const holder = findHolder(gitLockOf(repository));
  const isAtWork = holder !== undefined && holder.life !== "dead";
  if (isAtWork) return faults.filter(({ code }) => code !== "unfinished-add");
  return [...faults, ...examineUnfinished(repository, tree, faults)];
}

/** What killed adds left that no node needs any more: it is deleted, or has its worktree by now. */
function examineUnfinished(
  repository: Repository,
  { nodes }: IterationTree,
  faults: readonly Fault[],
): readonly Fault[] {
  const isNeeded = new Set(faults.filter(({ code }) => code === "unfinished-add").map(({ node_id }) => node_id));
  const needed = nodes
    .filter(({ node_id }) => isNeeded.has(node_id))
    .flatMap(({ worktree }) => (worktree ? listUnfinished(repository, join(repository.root, worktree.path)) : []));
  return listUnfinished(repository)
    .filter((folder) => !needed.includes(folder))
    .map((folder) => ({
      ...{ code: "leftover-file", node_id: null, message: `${folder} was never finished`, fix: "remove it" },
      mend: () =>
        withGitLock(repository, "tree-autoresearch doctor --fix", async () => clearUnfinished(repository, [folder])),
    }));
}

/** Worktrees of ours that no node owns: an add was undone, or a node deleted with --keep-worktree. */
export function findStrays({ repository }: Workspace, { nodes }: IterationTree): readonly Note[] {
  if (!repository) return [];
  const owned = new Set(nodes.flatMap(({ worktree }) => (worktree ? [join(repository.root, worktree.path)] : [])));
  return listEntries(repository)
    .filter(({ path }) => dirname(path) === join(repository.root, ".worktrees") && !owned.has(path))
    .map(({ path, branch = "no branch" }) => {
      const name = relative(repository.root, path);
      return { node_id: null, message: `${name} (${branch}) belongs to no node; git worktree remove ${name}` };
    });
}

/** A name that git must not be given is a finding of its own. */
function examineSafely(
  workspace: Workspace,
  tree: IterationTree,
  node: IterationNode,
  worktree: Worktree,
  survey: Survey,
): readonly Fault[] {
  try {
    requireSafeNames(node);
    const { root } = requireRepository(workspace);
    const path = requireInside(root, worktree.path, `worktree.path of '${node.node_id}'`);
    const found = { workspace, tree, node, worktree, path, survey };
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
}

function examineFolder(found: Case): readonly Fault[] {
  const { node, worktree, path, survey } = found;
  const repository = requireRepository(found.workspace);
  const state = worktreeAt(repository, path);
  if (state === "ready") return [];
  const entry = survey.entries.find((each) => each.path === path);
  const isWithout = !entry && !survey.branches.has(worktree.branch) && worktree.commit === null;
  const isBegun = isWithout || listUnfinished(repository, path).length > 0;
  if (state === "absent" && isBegun && node.status !== "pruned")
    return [create(found, "unfinished-add", "the worktree was begun, and whoever made it was killed")];
  const moved = entry && findMoved(dirname(path), entry);
  if (moved) return [repair(found, entry, moved)];
  if (state === "foreign") return [foreign(found)];
  if (entry && node.status === "pruned") return [forget(found)];
  if (entry) return [create(found, "missing-worktree", `${worktree.path} is gone, and git still expects it there`)];
  const isOthers = ({ path: taken }: WorktreeEntry) =>
    found.tree.nodes.some((each) => each.worktree && join(repository.root, each.worktree.path) === taken);
  const elsewhere = survey.entries.find((each) => each.branch === worktree.branch && !isOthers(each));
  return elsewhere ? [record(found, elsewhere)] : [];
}

function create({ workspace, tree, node, worktree }: Case, code: FindingCode, message: string): Fault {
  return {
    ...{ code, node_id: node.node_id, message },
    fix: `create ${worktree.path} on ${worktree.branch}`,
    async mend() {
      const parent = node.parent_id === null ? undefined : findNode(tree, node.parent_id);
      const start = await startOf(workspace, worktree.commit ? node : parent);
      await ensureWorktree(workspace, node, { start, reuseBranch: true });
    },
  };
}

/** Nobody works on a pruned node: git's entry goes, and every commit that only the entry knows is pinned. */
function forget({ workspace, node, worktree, path }: Case): Fault {
  const repository = requireRepository(workspace);
  return {
    ...{ code: "missing-worktree", node_id: node.node_id },
    message: `${worktree.path} is gone, and git still expects it there`,
    fix: `git worktree remove ${worktree.path}`,
    async mend() {
      await pinLost(repository, path, node.node_id);
      await removeWorktree(repository, path, { force: false });
    },
  };
}

/** Moved without git: the folder still says whose it is. */
function repair({ workspace, node, path, worktree }: Case, entry: WorktreeEntry, moved: string): Fault {
  const to = relative(requireRepository(workspace).root, moved);
  const message = `${worktree.path} was moved to ${to} without git`;
  return {
    ...{ code: "moved-worktree", node_id: node.node_id, message },
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

/** Moved with git: only the tree does not know. */
function record({ workspace, node, worktree }: Case, { path }: WorktreeEntry): Fault {
  const { root } = requireRepository(workspace);
  const to = relative(root, path);
  const message = `the worktree is at ${path}, not at ${worktree.path}`;
  const base = { code: "moved-worktree", node_id: node.node_id, message } as const;
  try {
    requireInside(root, to, "the worktree");
  } catch (error) {
    if (error instanceof InvalidTreeError)
      return { ...base, message: `${message}; bring it back: git worktree move ${path} ${worktree.path}`, fix: null };
    throw error;
  }
  return { ...base, fix: `record the path ${to}`, mend: () => setPath(workspace, node, to) };
}

async function setPath(workspace: Workspace, { node_id }: IterationNode, path: string): Promise<void> {
  await workspace.edit((tree) => mendTree(tree, { moved: new Map([[node_id, path]]), now: workspace.now() }));
}

function examineBranch({ workspace, node, worktree, survey }: Case): readonly Fault[] {
  const { branch, commit } = worktree;
  if (survey.branches.has(branch) || commit === null || !isFullId(commit) || survey.missing.has(commit)) return [];
  const { root } = requireRepository(workspace);
  const message = `the branch '${branch}' is gone`;
  const mend = async () => void (await gitIn(root)("branch", "--no-track", branch, commit));
  return [
    { code: "branch-gone", node_id: node.node_id, message, fix: `git branch ${branch} ${commit.slice(0, 7)}`, mend },
  ];
}
