import { InvalidTreeError } from "../errors.ts";
import { budgetOf } from "./budget.ts";
import type { IterationTree } from "./iteration-tree.ts";

/** Throws InvalidTreeError for settings that no run could follow: an expression that is none, a budget that is no duration. */
export function checkSettings(tree: IterationTree): void {
  budgetOf(tree);
  patternsOf(tree);
}

/** The tree's expressions, by metric. Throws InvalidTreeError for one that is none. */
export function patternsOf({ metrics }: IterationTree): ReadonlyMap<string, RegExp> {
  return new Map(
    Object.entries(metrics?.patterns ?? {}).map(([name, source]) => {
      try {
        return [name, new RegExp(source)] as const;
      } catch (error) {
        throw new InvalidTreeError(`metrics.patterns.${name}: ${(error as Error).message}`, {
          hint: "Correct the expression in the tree file.",
          cause: error,
        });
      }
    }),
  );
}
