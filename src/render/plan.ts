import type { TreeDifference } from "../tree/diff-trees.ts";
import { safeJson, safeText } from "./safe-text.ts";

/** What a dry run would do, one line a step; that a change is dated goes without saying. */
export function renderPlan({
  steps,
  differences,
}: {
  readonly steps: readonly string[];
  readonly differences: readonly TreeDifference[];
}): string {
  const told = differences.filter((each) => !(each.kind === "change" && each.key === "updated_at"));
  const lines = [...steps.map((step) => `would: ${safeText(step)}`), ...told.map(renderDifference)];
  return lines.length === 0 ? "Nothing would change." : lines.join("\n");
}

function renderDifference(difference: TreeDifference): string {
  if (difference.kind === "remove") return `- ${safeText(difference.id)}`;
  if (difference.kind === "add")
    return `+ ${safeText(difference.node.node_id)}: ${safeText(difference.node.description)}`;
  return `~ ${safeText(difference.id)}.${safeText(difference.key)}: ${safeJson(difference.from)} -> ${safeJson(difference.to)}`;
}
