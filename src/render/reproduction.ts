import { renderValue } from "./number.ts";
import { renderTail } from "./run.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";

interface ReproductionFacts {
  readonly node_id: string;
  readonly commit: string;
  readonly isReproduced: boolean;
  readonly objectives: readonly {
    readonly metric: string;
    readonly recorded: number;
    readonly measured: number;
    readonly difference: number;
    readonly allowed: number;
    readonly isReproduced: boolean;
  }[];
  readonly failure?: { readonly reason: string; readonly tail: readonly string[] } | undefined;
}

/** The verdict, then a line for each objective, or why there are none. */
export function renderReproduction(facts: ReproductionFacts, theme: Theme): string {
  const { node_id, commit, isReproduced, objectives, failure } = facts;
  const verdict = isReproduced ? theme.good("Reproduced:") : theme.bad("Not reproduced:");
  const head = `${verdict} ${safeText(node_id)} at ${commit.slice(0, 7)}`;
  if (failure) return [`${head}: ${safeText(failure.reason)}`, ...renderTail(failure.tail, theme)].join("\n");
  const lines = objectives.map(({ metric, recorded, measured, difference, allowed, isReproduced: isSame }) => {
    const values = `${renderValue(recorded)} recorded, ${renderValue(measured)} now`;
    const apart = `${renderValue(difference)} apart, up to ${renderValue(allowed)} allowed`;
    return `  ${(isSame ? theme.good : theme.bad)(safeText(metric))}  ${values}: ${apart}`;
  });
  return [head, ...lines].join("\n");
}
