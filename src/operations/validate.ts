import { TreeFileNotFoundError, UsageError } from "../errors.ts";
import { checkSettings } from "../tree/check-settings.ts";
import { emptyTree, type IterationTree } from "../tree/iteration-tree.ts";
import type { Results } from "../tree/results.ts";
import type { ResultsInput } from "./read-results.ts";
import type { Workspace } from "./workspace.ts";

/** Checks the whole tree file. Returns how many nodes it has. Throws InvalidTreeError. */
export async function validateTree(workspace: Workspace): Promise<number> {
  const tree = await workspace.load();
  checkSettings(tree);
  return tree.nodes.length;
}

/** Checks results; a tree, when there is one, lends its objective's direction to --metric. Throws InvalidResultsError. */
export async function validateResults(input: ResultsInput, open: () => Promise<Workspace>): Promise<Results> {
  const { readResults } = await import("./read-results.ts");
  const results = await readResults(input, () => loadIfAny(open));
  if (results) return results;
  throw new UsageError("No results were given", { hint: "Add --results or --metric." });
}

async function loadIfAny(open: () => Promise<Workspace>): Promise<IterationTree> {
  try {
    return await (await open()).load();
  } catch (error) {
    if (error instanceof TreeFileNotFoundError) return emptyTree;
    throw error;
  }
}
