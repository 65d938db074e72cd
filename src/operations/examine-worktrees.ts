import { dirname, relative } from "node:path";
import { InvalidTreeError, TreeError } from "../errors.ts";
import { findCommit } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { requireInside } from "../git/path-jail.ts";
import { pinCommit } from "../git/pins.ts";
import { removeWorktree } from "../git/remove-worktree.ts";
import {
  findMoved,
  findNamed,
  repairWorktree,
  type Survey,
  surveyRepository,
  type WorktreeEntry,
} from "../git/survey.ts";
import { loggedCommits, worktreeAt } from "../git/worktree-state.ts";
import { hasOwnWorktree } from "../tree/add-node.ts";
import { findNode } from "../tree/find-node.ts";
import type { FindingCode } from "../tree/finding.ts";
import type { IterationNode, IterationTree, Worktree } from "../tree/iteration-tree.ts";
import { mendTree } from "../tree/mend-tree.ts";
import { ensureWorktree, startOf } from "./add-node.ts";
import type { Fault } from "./fault.ts";
import { requireSafeNames } from "./read-worktree.ts";
import { requireRepository, type Workspace } from "./workspace.ts";

/** What is wrong between the tree and git; nothing without a repository. */
export async function examineWorktrees(workspace: Workspace, tree: IterationTree): Promise<readonly Fault[]> {
  const { repository } = workspace;
  if (!repository) return [];
  const commits = await fullIds(workspace, tree);
  const survey = await surveyRepository(repository, [...new Set([...commits.values()].flat())]);
  return tree.nodes.flatMap((node) => [
    ...examineCommits(workspace, node, commits.get(node.node_id) ?? [], survey),
    ...(node.worktree && hasOwnWorktree(node) ? examineSafely(workspace, tree, node, node.worktree, survey) : []),
  ]);
}

/** The commits that a node names, as full ids; another tool may have written short ones. */
async function fullIds({ repository }: Workspace, { nodes }: IterationTree): Promise<ReadonlyMap<string, string[]>> {
  const git = gitIn(repository?.root ?? ".");
  const ids = new Map<string, string[]>();
  for (const { node_id, worktree, recorded } of nodes) {
    const named = [...new Set([worktree?.commit, recorded?.commit].filter((id) => id != null))];
    const full = named.map((id) =>
      /^[0-9a-f]{40,64}$/.test(id) ? id : findCommit(git, id).then((found) => found ?? id),
    );
    ids.set(node_id, await Promise.all(full));
  }
  return ids;
}

function examineCommits(
  workspace: Workspace,
  { node_id }: IterationNode,
  commits: readonly string[],
  { missing, unreachable }: Survey,
): readonly Fault[] {
  const git = gitIn(requireRepository(workspace).root);
  return commits.flatMap((commit): Fault[] => {
    const short = commit.slice(0, 7);
    if (missing.has(commit)) {
      const message = `this repository does not have the commit ${short}; fetch it from the clone that made it`;
      return [{ code: "commit-missing", node_id, message, fix: null }];
    }
    if (!unreachable.has(commit)) return [];
    const message = `no branch, tag or pin leads to the commit ${short}, so git may collect it`;
    const mend = async () => void (await pinCommit(git, node_id, commit));
    return [{ code: "commit-unreachable", node_id, message, fix: `pin ${short}`, mend }];
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
  const hasBegun = survey.branches.has(worktree.branch) || worktree.commit !== null;
  if (state === "unfinished" || (state === "absent" && !entry && !hasBegun && node.status !== "pruned"))
    return [create(found, "unfinished-add", "the worktree was begun, and whoever made it was killed")];
  const moved = entry && findMoved(dirname(path), entry);
  if (moved) return [repair(found, moved)];
  if (state === "foreign") return [foreign(found)];
  if (entry && node.status === "pruned") return [forget(found)];
  if (entry) return [create(found, "missing-worktree", `${worktree.path} is gone, and git still expects it there`)];
  const elsewhere = survey.entries.find(({ branch }) => branch === worktree.branch);
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
      for (const lost of await loggedCommits(repository, path))
        await pinCommit(gitIn(repository.root), node.node_id, lost);
      await removeWorktree(repository, path, { force: false });
    },
  };
}

/** Moved without git: the folder still says whose it is. */
function repair(found: Case, moved: string): Fault {
  const { workspace, node, path, worktree } = found;
  const repository = requireRepository(workspace);
  const to = relative(repository.root, moved);
  const message = `${worktree.path} was moved to ${to} without git`;
  return {
    ...{ code: "moved-worktree", node_id: node.node_id, message },
    fix: moved === path ? `git worktree repair ${to}` : `git worktree repair ${to}, and record the path`,
    async mend() {
      await repairWorktree(repository, moved);
      if (moved !== path) await setPath(workspace, node, to);
    },
  };
}

/** A folder with git's mark in it, but of no worktree that this repository knows there: perhaps all was moved together. */
function foreign({ workspace, node, path, worktree, survey }: Case): Fault {
  const repository = requireRepository(workspace);
  const message = `${worktree.path} is a folder, but no worktree of this repository`;
  if (!findNamed(path, survey.entries)) return { code: "missing-worktree", node_id: node.node_id, message, fix: null };
  return {
    ...{ code: "moved-worktree", node_id: node.node_id, message: `${message}: was the repository moved?` },
    fix: `git worktree repair ${worktree.path}`,
    mend: () => repairWorktree(repository, path),
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
  if (survey.branches.has(branch) || commit === null || survey.missing.has(commit)) return [];
  const { root } = requireRepository(workspace);
  const message = `the branch '${branch}' is gone`;
  const mend = async () => void (await gitIn(root)("branch", "--no-track", branch, commit));
  return [
    { code: "branch-gone", node_id: node.node_id, message, fix: `git branch ${branch} ${commit.slice(0, 7)}`, mend },
  ];
}
