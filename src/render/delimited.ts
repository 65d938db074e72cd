import { safeText } from "./safe-text.ts";

type Rows = readonly (readonly string[])[];

/** RFC 4180; a text that a spreadsheet would take for a formula gets a leading apostrophe. */
export function renderCsv(rows: Rows): string {
  return rows.map((row) => row.map((cell) => quoteCsv(defuse(cell))).join(",")).join("\n");
}

export function renderTsv(rows: Rows): string {
  return rows.map((row) => row.map((cell) => defuse(safeText(cell))).join("\t")).join("\n");
}

/** A GitHub table; HTML and Markdown in the cells stay text. */
export function renderMarkdown([titles = [], ...rows]: Rows): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map((row) => line(row.map(escapeMarkdown)))].join("\n");
}

function escapeMarkdown(cell: string): string {
  return safeText(cell)
    .replace(/[\\`*_{}[\]()#+!|~@$]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

function defuse(cell: string): string {
  const isNumber = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(cell);
  return /^\s*[=+\-@\t\r]/.test(cell) && !isNumber ? `'${cell}` : cell;
}

function quoteCsv(cell: string): string {
  const text = safeText(cell);
  return /[",;]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
