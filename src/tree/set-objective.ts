import { ConflictError } from "../errors.ts";
import type { IterationTree } from "./iteration-tree.ts";
import type { Objective } from "./results.ts";

/** Returns the tree with `objective` written. Throws ConflictError when another one is. */
export function setObjective(tree: IterationTree, objective: Objective): IterationTree {
  const own = tree.objective;
  if (!own) return { ...tree, objective };
  if (own.metric === objective.metric && own.direction === objective.direction) return tree;
  throw new ConflictError(
    `The tree's objective is ${own.metric} (${own.direction}), received ${objective.metric} (${objective.direction})`,
    {
      hint: "To change it, edit `objective` in the tree file.",
    },
  );
}
