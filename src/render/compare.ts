import type { Comparison, SharedObjective } from "../tree/compare-nodes.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { primaryOf } from "../tree/results.ts";
import { renderChange, renderValue } from "./number.ts";
import { fitPieces, plain } from "./pieces.ts";
import { safeLines, safeText } from "./safe-text.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";

/** Two nodes side by side, every objective that they share, and what differs in the code. */
export function renderComparison(comparison: Comparison & { readonly diff: string | undefined }, theme: Theme): string {
  const { a, b, ancestor, objectives, diff } = comparison;
  const columns = [
    { title: "" },
    { title: safeText(a.node_id), elastic: 1 as const },
    { title: safeText(b.node_id), elastic: 1 as const },
  ];
  const rows = [
    ["status", ...[a, b].map((node) => `${theme.marks[node.status]} ${node.status}`)],
    ["value", ...[a, b].map(primaryText)],
    ["commit", ...[a, b].map((node) => safeText(node.worktree?.commit?.slice(0, 7) ?? "none"))],
    ["command", ...[a, b].map((node) => safeText(node.command))],
    ["description", ...[a, b].map((node) => safeText(node.description))],
  ];
  const table = renderTable(
    columns,
    rows.map((row) => row.map((text, i): Cell => (i === 0 ? { text, paint: theme.dim } : text))),
    theme,
  );
  return [
    table,
    "",
    ...(objectives.length > 0
      ? objectives.map((each) => objectiveLine(each, comparison, theme))
      : [fitPieces([{ text: "No objective in common.", paint: plain }], theme)]),
    fitPieces(
      [{ text: `nearest common ancestor: ${ancestor ? safeText(ancestor.node_id) : "none"}`, paint: theme.dim }],
      theme,
    ),
    ...diffLines(diff, theme),
  ].join("\n");
}

function primaryText(node: IterationNode): string {
  if (!node.results) return "none";
  const { metric, value } = primaryOf(node.results);
  return `${safeText(metric)}=${renderValue(value)}`;
}

function objectiveLine(objective: SharedObjective, { a, b }: Comparison, theme: Theme): string {
  const { metric, direction, difference, percent, better } = objective;
  const relative = percent ? ` (${renderChange(percent)}%)` : "";
  const figures = `${renderValue(objective.a)} ${theme.arrow} ${renderValue(objective.b)}  ${renderChange(difference)}${relative}`;
  const verdicts = {
    a: { text: `${safeText(a.node_id)} is better`, paint: theme.bad },
    b: { text: `${safeText(b.node_id)} is better`, paint: theme.good },
    equal: { text: "equal", paint: plain },
    unknown: { text: "their directions differ", paint: plain },
  };
  const pieces = [
    { text: safeText(metric), paint: theme.strong },
    { text: `  ${figures}  `, paint: plain },
    verdicts[better],
    { text: direction === "differs" ? "" : ` (${direction})`, paint: theme.dim },
  ];
  return fitPieces(pieces, theme);
}

function diffLines(diff: string | undefined, theme: Theme): readonly string[] {
  const note = (text: string) => fitPieces([{ text, paint: theme.dim }], theme);
  if (diff === undefined) return [note("code: not compared, a commit is not recorded or not in this repository")];
  if (diff === "") return [note("code: the same")];
  return [
    "",
    ...safeLines(diff)
      .split("\n")
      .map((text) => fitPieces([{ text, paint: plain }], theme)),
  ];
}
