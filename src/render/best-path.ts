import type { BestPath, ParetoFront } from "../tree/best-path.ts";
import { colorChange, renderChange, renderValue } from "./number.ts";
import { safeText } from "./safe-text.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";

/** One line a step from the root to the best node. */
export function renderBestPath({ objective, steps }: BestPath, theme: Theme): string {
  const columns = [
    { title: "node", elastic: 3 as const },
    { title: safeText(objective.metric), align: "right" as const },
    { title: "change", align: "right" as const },
    { title: `what changed (${objective.direction})`, elastic: 1 as const },
  ];
  const rows = steps.map(({ node, value, change }, i): Cell[] => {
    const isBest = i === steps.length - 1;
    const id = `${isBest ? theme.best : theme.marks[node.status]} ${safeText(node.node_id)}`;
    return [
      { text: id, ...(isBest && { paint: theme.strong }) },
      { text: renderValue(value), ...(isBest && { paint: theme.strong }) },
      { text: renderChange(change), paint: (text) => colorChange(text, change, objective.direction, theme) },
      safeText(node.description),
    ];
  });
  return renderTable(columns, rows, theme);
}

/** One line a node that no other one beats in everything. */
export function renderParetoFront({ objectives, front }: ParetoFront, theme: Theme): string {
  if (front.length === 0) return "No completed node has all of the objectives.";
  const columns = [
    { title: "node", elastic: 3 as const },
    ...objectives.map(({ metric, direction }) => ({
      title: `${safeText(metric)} (${direction})`,
      align: "right" as const,
    })),
    { title: "description", elastic: 1 as const },
  ];
  const rows = front.map(({ node, values }): Cell[] => [
    safeText(node.node_id),
    ...values.map((value) => renderValue(value)),
    safeText(node.description),
  ]);
  return renderTable(columns, rows, theme);
}
