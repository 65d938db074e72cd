import { objectivesOf, type Results } from "../tree/results.ts";
import { renderValue } from "./number.ts";
import { safeText } from "./safe-text.ts";

/** `accuracy=0.92 (maximize), latency_ms=15.3 (minimize)` */
export function renderResults(results: Results): string {
  return objectivesOf(results)
    .map(({ metric, value, direction }) => `${safeText(metric)}=${renderValue(value)} (${direction})`)
    .join(", ");
}
