import { findChildrenOutOfStep, findCycles, findOrphans } from "./check-tree.ts";
import type { IterationTree } from "./iteration-tree.ts";

/** What `doctor` can find, by name. */
export const findingCodes = [
  "unknown-parent",
  "cycle",
  "children-out-of-step",
  "results-of-another-commit",
  "running-without-process",
  "unfinished-add",
  "missing-worktree",
  "moved-worktree",
  "unsafe-worktree",
  "branch-gone",
  "commit-unreachable",
  "commit-missing",
  "dead-lock",
  "lock-elsewhere",
  "leftover-file",
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** Something that is not as it should be. */
export interface Finding {
  readonly code: FindingCode;
  readonly node_id: string | null;
  readonly message: string;
  /** What `doctor --fix` does about it; null when only a person can decide. */
  readonly fix: string | null;
}

/** What the tree alone shows. */
export function findTreeFaults(tree: IterationTree): readonly Finding[] {
  return [...findParentFaults(tree), ...findChildrenFaults(tree), ...findStaleResults(tree)];
}

function findParentFaults(tree: IterationTree): readonly Finding[] {
  const fix = "make it a root, with a note of what its parent was";
  const find = (code: FindingCode, problems: ReturnType<typeof findCycles>) =>
    problems.map(({ path: [, i], message }): Finding => {
      return { code, node_id: tree.nodes[i as number]?.node_id ?? null, message, fix };
    });
  return [...find("unknown-parent", findOrphans(tree)), ...find("cycle", findCycles(tree))];
}

function findChildrenFaults(tree: IterationTree): readonly Finding[] {
  const message = "'children' disagrees with what 'parent_id' of other nodes says";
  return findChildrenOutOfStep(tree).map((node_id): Finding => {
    return { code: "children-out-of-step", node_id, message, fix: "bring 'children' in step" };
  });
}

function findStaleResults(tree: IterationTree): readonly Finding[] {
  return tree.nodes.flatMap(({ node_id, results, recorded, worktree }): Finding[] => {
    const [measured, now] = [recorded?.commit, worktree?.commit];
    if (!results || !measured || !now || measured === now) return [];
    const message = `the results were recorded at ${measured.slice(0, 7)}, the commit is now ${now.slice(0, 7)}: run again and record the results`;
    return [{ code: "results-of-another-commit", node_id, message, fix: null }];
  });
}
