import type { Comparison, SharedObjective } from "../tree/compare-nodes.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { primaryOf } from "../tree/results.ts";
import { renderChange, renderValue } from "./number.ts";
import { safeLines, safeText } from "./safe-text.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";
import { cutTo } from "./width.ts";

/** Two nodes side by side, every objective that they share, and what differs in the code. */
export function renderComparison(comparison: Comparison & { readonly diff: string | undefined }, theme: Theme): string {
  const { a, b, ancestor, objectives, diff } = comparison;
  const columns = [
    { title: "" },
    { title: safeText(a.node_id), isElastic: true },
    { title: safeText(b.node_id), isElastic: true },
  ];
  const rows = [
    ["status", ...[a, b].map((node) => `${theme.marks[node.status]} ${node.status}`)],
    ["value", ...[a, b].map(primaryText)],
    ["commit", ...[a, b].map((node) => node.worktree?.commit?.slice(0, 7) ?? "none")],
    ["command", ...[a, b].map((node) => safeText(node.command))],
    ["description", ...[a, b].map((node) => safeText(node.description))],
  ];
  const table = renderTable(
    columns,
    rows.map((row) => row.map((text, i): Cell => (i === 0 ? { text, paint: theme.dim } : { text }))),
    theme,
  );
  return [
    table,
    "",
    ...(objectives.length > 0
      ? objectives.map((each) => objectiveLine(each, comparison, theme))
      : ["No objective in common."]),
    theme.dim(`nearest common ancestor: ${ancestor ? safeText(ancestor.node_id) : "none"}`),
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
  const relative = percent === undefined ? "" : ` (${renderChange(Number(percent.toPrecision(3)))}%)`;
  const figures = `${renderValue(objective.a)} ${theme.arrow} ${renderValue(objective.b)}  ${renderChange(difference)}${relative}`;
  const verdicts = {
    a: theme.bad(`${safeText(a.node_id)} is better`),
    b: theme.good(`${safeText(b.node_id)} is better`),
    equal: "equal",
    unknown: "their directions differ",
  };
  return `${theme.strong(safeText(metric))} (${direction})  ${figures}  ${verdicts[better]}`;
}

function diffLines(diff: string | undefined, theme: Theme): readonly string[] {
  if (diff === undefined) return [theme.dim("code: not compared, a commit is missing (sync records it)")];
  if (diff === "") return [theme.dim("code: the same")];
  const lines = safeLines(diff).split("\n");
  return ["", ...lines.map((line) => (theme.width === undefined ? line : cutTo(line, theme.width, theme.cut)))];
}
