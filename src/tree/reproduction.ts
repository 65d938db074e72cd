import { meanOf } from "./mean.ts";
import { type ObjectiveValue, objectivesOf, type Results } from "./results.ts";

/** One objective as it was recorded, and as it was measured again. */
export interface Reproduced {
  readonly metric: string;
  readonly recorded: number;
  /** the mean of the new runs */
  readonly measured: number;
  readonly difference: number;
  /** how far apart they may be */
  readonly allowed: number;
  readonly isReproduced: boolean;
}

/** Of numbers that went through decimal text. */
const relativeError = 1e-9;

/**
 * Holds new runs against what was recorded, objective by objective. Without `tolerance` the node's own noise decides: the
 * means of n and m runs with a standard deviation of s differ by up to 2 s sqrt(1/n + 1/m) in 19 of 20 cases (the
 * two-sample z-test); of one that was recorded once nothing is known of its noise, and the value has to be the same.
 */
export function compareAgain(recorded: Results, again: readonly Results[], tolerance?: number): readonly Reproduced[] {
  return objectivesOf(recorded).map((objective) => {
    const values = again.map((each) => measuredIn(each, objective));
    const measured = meanOf(values);
    const difference = Math.abs(measured - objective.value);
    const allowed = tolerance ?? Math.max(noiseOf(objective, values.length), relativeError * Math.abs(objective.value));
    return {
      ...{ metric: objective.metric, recorded: objective.value, measured, difference, allowed },
      isReproduced: difference <= allowed * (1 + relativeError),
    };
  });
}

/** NaN when it was not measured: that is no value, and reproduces nothing. */
function measuredIn(results: Results, { metric, direction }: ObjectiveValue): number {
  const found = objectivesOf(results).find((each) => each.metric === metric && each.direction === direction);
  return found?.value ?? Number.NaN;
}

function noiseOf({ samples = [] }: ObjectiveValue, count: number): number {
  if (samples.length < 2) return 0;
  const mean = meanOf(samples);
  const variance = samples.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (samples.length - 1);
  return 2 * Math.sqrt(variance * (1 / samples.length + 1 / count));
}
