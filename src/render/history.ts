import { safeText } from "./safe-text.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import type { Theme } from "./theme.ts";

/** One version of the tree file, as `history` shows it. */
export interface VersionLine {
  readonly version: number;
  readonly time: string;
  readonly command: string | null;
  readonly node: string | null;
}

const byHand = "(saved by hand or by another program)";

/** The versions as a table, one line each. */
export function renderHistory(versions: readonly VersionLine[], isEdited: boolean, theme: Theme): string {
  if (versions.length === 0) return "No versions.";
  const columns: readonly Column[] = [
    { title: "version", align: "right" },
    { title: "time" },
    { title: "node", elastic: 3 },
    { title: "command", elastic: 1 },
  ];
  const rows = versions.map(({ version, time, command, node }): Cell[] => [
    String(version),
    safeText(time),
    safeText(node ?? ""),
    command === null ? { text: byHand, paint: theme.dim } : safeText(command),
  ]);
  const note = isEdited
    ? ["The file was changed or deleted by hand since; what it holds is made a version by the next change."]
    : [];
  return [renderTable(columns, rows, theme), ...note].join("\n");
}

/** `7 (tree-autoresearch update --id a)` */
export function renderVersion({ version, command }: VersionLine): string {
  return `${version} (${command === null ? byHand.slice(1, -1) : safeText(command)})`;
}
