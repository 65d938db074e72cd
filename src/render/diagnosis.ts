import type { Finding } from "../tree/finding.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";

interface Diagnosis {
  readonly nodes: number;
  readonly findings: readonly (Finding & { readonly fixed: boolean; readonly error?: string | undefined })[];
  readonly notes: readonly { readonly node_id: string | null; readonly message: string }[];
}

/** The findings, each with what was or would be done about it, and a last line that sums up. */
export function renderDiagnosis({ nodes, findings, notes }: Diagnosis, theme: Theme): string {
  return [
    ...findings.flatMap((finding) => renderFinding(finding, theme)),
    ...notes.map(({ node_id, message }) =>
      theme.dim(`note: ${node_id === null ? "" : `${safeText(node_id)}: `}${safeText(message)}`),
    ),
    summary(nodes, findings),
  ].join("\n");
}

function renderFinding(
  { code, node_id, message, fix, fixed, error }: Diagnosis["findings"][number],
  theme: Theme,
): readonly string[] {
  const about = node_id === null ? "" : ` ${safeText(node_id)}`;
  const line = `${theme.bad(code)}${about}: ${safeText(message)}`;
  if (fixed) return [line, `  ${theme.good("fixed")}: ${safeText(fix ?? "")}`];
  if (error !== undefined) return [line, `  ${theme.bad("not fixed")}: ${safeText(error)}`];
  return [line, fix === null ? "  fix: by hand" : `  fix: ${safeText(fix)}`];
}

function summary(nodes: number, findings: Diagnosis["findings"]): string {
  if (findings.length === 0) return `No findings: ${nodes} node${nodes === 1 ? "" : "s"}.`;
  const fixed = findings.filter((finding) => finding.fixed).length;
  const mendable = findings.filter((finding) => !finding.fixed && finding.fix !== null).length;
  const counts = `${findings.length} finding${findings.length === 1 ? "" : "s"}`;
  if (fixed > 0) return `${counts}, ${fixed} fixed.`;
  return mendable > 0 ? `${counts}; tree-autoresearch doctor --fix mends ${mendable}.` : `${counts}.`;
}
