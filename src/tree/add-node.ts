import { NodeExistsError, UsageError } from "../errors.ts";
import { shellWord } from "../shell-word.ts";
import { type Change, changeNodes, replaceNode } from "./change.ts";
import { sameValue } from "./diff-trees.ts";
import { requireNode } from "./find-node.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";
import { findPruned, indexTree } from "./lineage.ts";
import { generateId, requireSafeId } from "./node-id.ts";
import { hasOwnWorktree, worktreeFor } from "./worktree.ts";

export interface AddRequest {
  readonly id?: string | undefined;
  readonly parent?: string | undefined;
  readonly description: string;
  readonly command: string;
  readonly workingDir?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Whether the node gets a worktree of its own (recorded here, created by the operation). */
  readonly worktree?: boolean | undefined;
  /** Full id of the commit that its branch begins at, when it is not the parent's. */
  readonly from?: string | undefined;
  /** ISO 8601, UTC */
  readonly now: string;
}

/** Returns the tree with a new node under its parent (without one, a root). The same id with the same content again changes nothing. Throws InvalidIdError, NodeNotFoundError, NodeExistsError. */
export function addNode(tree: IterationTree, request: AddRequest): Change {
  if (request.id !== undefined) requireSafeId(request.id);
  requireWithin(request.workingDir);
  const parent = request.parent === undefined ? null : requireNode(tree, request.parent).node_id;
  const ids = tree.nodes.map((node) => node.node_id);
  const id = request.id ?? generateId(ids, request.description);
  // All of it is ASCII, so that another case of it is as long.
  const lower = id.toLowerCase();
  const existing = tree.nodes[ids.findIndex((each) => each.length === id.length && each.toLowerCase() === lower)];
  const node = newNode(id, parent, request);
  if (existing) return addAgain(tree, existing, node);
  const pruned = parent === null ? undefined : findPruned(indexTree(tree), parent);
  const warnings = pruned ? [`'${id}' counts as pruned: '${pruned.node_id}' above it is pruned`] : [];
  return changeNodes(tree, [...tree.nodes, node], id, warnings);
}

/** A command runs within its worktree. */
function requireWithin(workingDir = "."): void {
  let depth = 0;
  for (const step of workingDir.split("/")) {
    if (step === "..") depth--;
    else if (step !== "" && step !== ".") depth++;
    if (depth < 0) break;
  }
  if (depth >= 0 && !workingDir.startsWith("/")) return;
  throw new UsageError(`The working directory ${JSON.stringify(workingDir)} leaves the worktree`, {
    hint: "Give a path within it, such as src.",
  });
}

function newNode(id: string, parent: string | null, request: AddRequest): IterationNode {
  return {
    node_id: id,
    parent_id: parent,
    description: request.description.toWellFormed(),
    command: request.command.toWellFormed(),
    working_dir: request.workingDir?.toWellFormed() || ".",
    worktree: request.worktree ? { ...worktreeFor(id), ...(request.from && { from: request.from }) } : null,
    status: "pending",
    results: null,
    children: [],
    reason: undefined,
    tags: request.tags?.length ? request.tags.map((tag) => tag.toWellFormed()) : undefined,
    notes: undefined,
    created_at: request.now,
    updated_at: undefined,
    recorded: undefined,
    attempts: undefined,
    before_prune: undefined,
  };
}

function addAgain(tree: IterationTree, existing: IterationNode, node: IterationNode): Change {
  const content = ({ node_id, parent_id, description, command, working_dir, tags }: IterationNode) => ({
    node_id,
    parent_id,
    description,
    command,
    working_dir,
    tags: tags?.length ? tags : undefined,
  });
  if (!sameValue(content(existing), content(node))) {
    throw new NodeExistsError(`A node '${existing.node_id}' exists with other content`, {
      hint: `Choose another --id, or see it: tree-autoresearch get --id ${shellWord(existing.node_id)}`,
    });
  }
  if (node.worktree && !hasOwnWorktree(existing)) {
    const commit = existing.worktree?.commit;
    if (!commit) return replaceNode(tree, { ...existing, worktree: node.worktree });
    const change = replaceNode(tree, { ...existing, worktree: { ...worktreeFor(existing.node_id), commit } });
    const { from } = node.worktree;
    const told = `'${existing.node_id}' begins at its recorded commit ${commit.slice(0, 7)}, not at ${from?.slice(0, 7)}`;
    return from === undefined || from === commit ? change : { ...change, warnings: [...change.warnings, told] };
  }
  const [was, is] = [existing.worktree?.from, node.worktree?.from];
  const isOther = is !== undefined && is !== was;
  const began = was === undefined ? "at its parent's commit" : `at ${was.slice(0, 7)}`;
  const warnings = isOther
    ? [`'${existing.node_id}' exists already, and began ${began}, not at ${is.slice(0, 7)}`]
    : [];
  return { tree, node: existing, warnings };
}
