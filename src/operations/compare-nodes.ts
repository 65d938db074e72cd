import { diffStat, findCommit } from "../git/commits.ts";
import { gitIn } from "../git/git.ts";
import { type Comparison, compareNodes as compareInTree } from "../tree/compare-nodes.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import type { Workspace } from "./workspace.ts";

/** Compares two nodes; `diff` is `git diff --stat` between their commits, undefined when one has none. */
export async function compareNodes(
  workspace: Workspace,
  a: string,
  b: string,
): Promise<Comparison & { readonly diff: string | undefined }> {
  const comparison = compareInTree(await workspace.load(), a, b);
  return { ...comparison, diff: await diffOf(workspace, comparison.a, comparison.b) };
}

async function diffOf({ repository }: Workspace, a: IterationNode, b: IterationNode): Promise<string | undefined> {
  const [from, to] = [a.worktree?.commit, b.worktree?.commit];
  if (!repository || !from || !to) return undefined;
  const git = gitIn(repository.root);
  const [known, other] = [await findCommit(git, from), await findCommit(git, to)];
  return known && other ? diffStat(git, known, other) : undefined;
}
