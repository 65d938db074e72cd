import type { IterationNode } from "../tree/iteration-tree.ts";
import { primaryOf } from "../tree/results.ts";
import { statuses } from "../tree/status.ts";
import { renderCsv, renderMarkdown, renderTsv } from "./delimited.ts";
import { renderValue } from "./number.ts";
import { safeText } from "./safe-text.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";
import { bytesOf, cutTo } from "./width.ts";

type FieldValue = string | number | readonly string[] | null;

/** The columns that `list --fields` knows. */
export const listFields = {
  id: (node) => node.node_id,
  parent: (node) => node.parent_id,
  status: (node) => node.status,
  value: ({ results }) => (results ? primaryOf(results).value : null),
  metric: ({ results }) => (results ? primaryOf(results).metric : null),
  direction: ({ results }) => (results ? primaryOf(results).direction : null),
  description: (node) => node.description,
  command: (node) => node.command,
  working_dir: (node) => node.working_dir,
  branch: (node) => node.worktree?.branch ?? null,
  path: (node) => node.worktree?.path ?? null,
  commit: (node) => node.worktree?.commit ?? null,
  reason: (node) => node.reason ?? null,
  tags: (node) => node.tags ?? [],
  created: (node) => node.created_at ?? null,
  updated: (node) => node.updated_at ?? null,
} as const satisfies Record<string, (node: IterationNode) => FieldValue>;

export type ListField = keyof typeof listFields;

export const defaultFields: readonly ListField[] = ["id", "parent", "status", "value", "description"];

export function rowValue(node: IterationNode, field: ListField): FieldValue {
  return listFields[field](node);
}

export type ListFormat = "text" | "csv" | "tsv" | "markdown";

/** The nodes as a table, one line each. */
export function renderList(
  nodes: readonly IterationNode[],
  fields: readonly ListField[],
  format: ListFormat,
  theme: Theme,
): string {
  if (format === "text") return nodes.length === 0 ? "No nodes." : renderAligned(nodes, fields, theme);
  const rows = nodes.map((node) => fields.map((field) => plainText(node, field)));
  const render = { csv: renderCsv, tsv: renderTsv, markdown: renderMarkdown }[format];
  return render([fields, ...rows]);
}

/** Bytes that a table for a program may take, before long texts are cut. */
const budget = 24_000;
const shortest = 8;
const longList = 300;

function renderAligned(nodes: readonly IterationNode[], fields: readonly ListField[], theme: Theme): string {
  const render = (longest: number) => renderWith(nodes, fields, theme, longest);
  if (theme.width !== undefined) return render(Number.POSITIVE_INFINITY);
  // Of a long list already the shortest table may be too long, and then it is the one.
  const least = nodes.length > longList ? render(shortest) : "";
  if (bytesOf(least) > budget) return least;
  for (const longest of [Number.POSITIVE_INFINITY, 64, 32, 16]) {
    const table = render(longest);
    if (bytesOf(table) <= budget) return table;
  }
  return render(shortest);
}

/** Everything that may be long but the node's own id, cut to `longest` bytes. */
function renderWith(
  nodes: readonly IterationNode[],
  fields: readonly ListField[],
  theme: Theme,
  longest: number,
): string {
  const columns = fields.map((field): Column => ({ title: field, ...columnShape(field) }));
  const isCut = columns.map(({ elastic }) => elastic === 1 || elastic === 2);
  // Of thousands of nodes, a cell for each status and texts for the others: what is kept until the end takes time.
  const marked = Object.fromEntries(
    statuses.map((status) => [status, { text: `${theme.marks[status]} ${status}`, paint: theme.status[status] }]),
  );
  const rows = nodes.map((node) =>
    fields.map((field, i): Cell => {
      const { status } = node;
      if (field === "status") return marked[status] as Cell;
      const whole = shortText(node, field);
      const text = isCut[i] ? cutTo(whole, longest, theme.cut, bytesOf) : whole;
      return status === "pruned" ? { text, paint: theme.dim } : text;
    }),
  );
  return renderTable(columns, rows, theme);
}

function columnShape(field: ListField): Omit<Column, "title"> {
  if (field === "value") return { align: "right" };
  if (field === "id") return { elastic: 3 };
  if (field === "parent") return { elastic: 2 };
  return { elastic: ["description", "command", "reason", "path", "branch", "tags"].includes(field) ? 1 : undefined };
}

function shortText(node: IterationNode, field: ListField): string {
  const value = rowValue(node, field);
  if (typeof value === "number") return renderValue(value);
  const text = textOf(value);
  return safeText(field === "commit" ? text.slice(0, 7) : text);
}

function plainText(node: IterationNode, field: ListField): string {
  return textOf(rowValue(node, field));
}

function textOf(value: FieldValue): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(" ") : String(value ?? "");
}
