import { BudgetExhaustedError, InvalidTreeError } from "../errors.ts";
import { parseDuration } from "./duration.ts";
import type { IterationNode, IterationTree } from "./iteration-tree.ts";

/** How much a tree's experiments may take. Seconds; undefined for no limit. */
interface Budget {
  readonly run: number | undefined;
  readonly total: number | undefined;
  /** Nodes that may run at all. */
  readonly nodes: number | undefined;
}

/** What the tree's `budget` says. Throws InvalidTreeError for what is no duration. */
export function budgetOf({ budget }: IterationTree): Budget {
  const seconds = (key: "run" | "total") => {
    const text = budget?.[key];
    if (text == null) return undefined;
    const parsed = parseDuration(text.trim());
    if (parsed !== undefined) return parsed;
    throw new InvalidTreeError(`budget.${key}: expected a duration such as 10m or 8h, received '${text}'`, {
      hint: "Correct it in the tree file.",
    });
  };
  return { run: seconds("run"), total: seconds("total"), nodes: budget?.nodes ?? undefined };
}

/** What was spent until `now` (ISO 8601): the time of all attempts, of those that run what they may take, and how many nodes have any. */
function spentOf({ nodes }: IterationTree, now: string): { readonly seconds: number; readonly nodes: number } {
  let seconds = 0;
  let ran = 0;
  for (const { attempts } of nodes) {
    if (!attempts?.length) continue;
    ran++;
    for (const attempt of attempts) seconds += secondsOf(attempt, now);
  }
  return { seconds, nodes: ran };
}

function secondsOf(
  { seconds, started_at: from, ended_at: to, where, limit }: NonNullable<IterationNode["attempts"]>[number],
  now: string,
): number {
  if (seconds != null) return seconds;
  // Nobody's machine was busy while a person was waited for.
  if (where === "manual" || from === undefined) return 0;
  // What runs may take all that it was given.
  if (!to && limit != null) return limit;
  return Math.max(0, (Date.parse(to ?? now) - Date.parse(from)) / 1000) || 0;
}

/** Seconds that one more run of the node may take, and whether that is what is left of the whole; undefined for no limit. Throws BudgetExhaustedError with the numbers. */
export function requireBudget(
  tree: IterationTree,
  id: string,
  now: string,
): { readonly seconds: number; readonly isRest: boolean } | undefined {
  const budget = budgetOf(tree);
  if (budget.run === undefined && budget.total === undefined && budget.nodes === undefined) return undefined;
  const spent = spentOf(tree, now);
  const isNew = !tree.nodes.find(({ node_id }) => node_id === id)?.attempts?.length;
  if (budget.total !== undefined && spent.seconds >= budget.total)
    throw exhausted(`${Math.round(spent.seconds)} s of ${budget.total} s`, "total");
  if (budget.nodes !== undefined && isNew && spent.nodes >= budget.nodes)
    throw exhausted(`${spent.nodes} of ${budget.nodes} nodes`, "nodes");
  const rest = budget.total === undefined ? undefined : budget.total - spent.seconds;
  const isRest = rest !== undefined && (budget.run === undefined || rest < budget.run);
  const seconds = isRest ? rest : budget.run;
  return seconds === undefined ? undefined : { seconds, isRest };
}

function exhausted(numbers: string, key: string): BudgetExhaustedError {
  return new BudgetExhaustedError(`The budget is exhausted: ${numbers} are spent`, {
    hint: `Ask whoever set it; \`budget.${key}\` in the tree file says how much there is.`,
  });
}
