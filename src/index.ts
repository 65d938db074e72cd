/**
 * The library. Open a workspace, then call on it what the commands do:
 *
 *     const workspace = openWorkspace({ file: "ITERATION_TREE.yaml" });
 *     await addNode(workspace, { description: "Baseline", command: "python train.py", worktree: true });
 *
 * The pure functions on a tree, which touch no file, are in `tree`.
 */
export * from "./errors.ts";
export { type AddRequest, addNode } from "./operations/add-node.ts";
export { compareNodes } from "./operations/compare-nodes.ts";
export { createNodeWorktree } from "./operations/create-worktree.ts";
export { type DeleteRequest, deleteNode } from "./operations/delete-node.ts";
export { describeWorktree, type WorktreeReport } from "./operations/describe-worktree.ts";
export { type Diagnosis, doctor, unlock } from "./operations/doctor.ts";
export { type HistoryRequest, listVersions, showVersion } from "./operations/history.ts";
export { type OpenOptions, openWorkspace } from "./operations/open-workspace.ts";
export { type PruneRequest, pruneNode, unpruneNode } from "./operations/prune-node.ts";
export { type Removal, type RemoveRequest, removeWorktrees } from "./operations/remove-worktrees.ts";
export { type SyncRequest, syncCommit } from "./operations/sync-commit.ts";
export { type Undone, undo } from "./operations/undo.ts";
export { type UpdateRequest, updateNode } from "./operations/update-node.ts";
export type { Plan, Workspace } from "./operations/workspace.ts";
export { type Answer, answersJsonSchema } from "./tree/answers.ts";
export type { BestPath, ParetoFront, PathStep } from "./tree/best-path.ts";
export type { Change } from "./tree/change.ts";
export type { Comparison, SharedObjective } from "./tree/compare-nodes.ts";
export type { TreeDifference } from "./tree/diff-trees.ts";
export type { IterationNode, IterationTree, Status, Worktree } from "./tree/iteration-tree.ts";
export type { ListRequest } from "./tree/list-nodes.ts";
export type { TreeObjective } from "./tree/objective.ts";
export type { Outline, OutlineItem, OutlineRequest } from "./tree/outline.ts";
export type { Direction, Objective, ObjectiveValue, Results } from "./tree/results.ts";
export { parseResults as validateResults } from "./tree/results-schema.ts";
export * as tree from "./tree.ts";
