import type { Style } from "./any-fields.ts";
import type { GeneratedNode } from "./any-nodes.ts";
import { type Line, ofNodes, outside, ownLine, pad } from "./line.ts";

/** What `JSON.stringify(tree, null, 2)` writes. */
export function jsonLines(style: Style, nodes: readonly GeneratedNode[]): Line[] {
  const owned = nodes.map((node) => ({ node, data: dataOf(node) }));
  const width = style.random.pick([2, 4]);
  const lines: Line[] = [outside("{"), outside(`${pad(width)}"version": 1,`)];
  if (nodes.length === 0) return [...lines, ofNodes(`${pad(width)}"nodes": []`), outside("}")];
  lines.push(ofNodes(`${pad(width)}"nodes": [`));
  owned.forEach(({ node, data }, i) => {
    const written = JSON.stringify(data, null, width).split("\n");
    written.forEach((line, at) => {
      const comma = at === written.length - 1 && i < nodes.length - 1 ? "," : "";
      lines.push(ownLine(node, `${pad(2 * width)}${line}${comma}`, "children"));
    });
  });
  return [...lines, ofNodes(`${pad(width)}],`), outside(`${pad(width)}"more": [1, 2]`), outside("}")];
}

function dataOf({ id, fields }: GeneratedNode): Record<string, unknown> {
  const known = fields.flatMap((field): [string, unknown][] => {
    if ("text" in field) return [[field.key, field.text]];
    if ("map" in field) return [[field.key, field.map]];
    if ("list" in field)
      return [[field.key, field.key === "extra" ? [1] : field.list.map((each) => each.replaceAll(/['"]/g, ""))]];
    return field.raw === "null" || field.raw === "{}" ? [[field.key, null]] : [];
  });
  return Object.fromEntries([["node_id", id], ...known]);
}
