/** The library's pure functions: a tree in, a value out; no file, no clock, no git. */
export { addNode } from "./tree/add-node.ts";
export { bestPath, findBest, paretoFront } from "./tree/best-path.ts";
export { findChildrenOutOfStep, findGraphProblems } from "./tree/check-tree.ts";
export { compareNodes } from "./tree/compare-nodes.ts";
export { deleteNode } from "./tree/delete-node.ts";
export { diffTrees } from "./tree/diff-trees.ts";
export { findNode, requireNode } from "./tree/find-node.ts";
export { emptyTree, iterationTreeJsonSchema } from "./tree/iteration-tree.ts";
export { childrenOf, commonAncestor, descendantsOf, indexTree, lineageOf, prunedIds } from "./tree/lineage.ts";
export { listNodes } from "./tree/list-nodes.ts";
export { generateId, isSafeId } from "./tree/node-id.ts";
export { findTreeObjective, isBetter, valueUnder } from "./tree/objective.ts";
export { outlineTree } from "./tree/outline.ts";
export { pruneNode, unpruneNode } from "./tree/prune-node.ts";
export { appendSamples, findObjective, objectivesOf, parseResults, primaryOf } from "./tree/results.ts";
export { setCommit } from "./tree/set-commit.ts";
export { updateNode } from "./tree/update-node.ts";
