import { listFields } from "../../src/render/list.ts";
import { escaped, type HostileNode } from "./hostile-trees.ts";

export const fields = Object.keys(listFields);

/** All that can be said about one node and one text; none of it changes the tree for the calls after it. */
export function callsOn(node: HostileNode, other: HostileNode, text: string): readonly (readonly string[])[] {
  const id = `--id=${node.node_id}`;
  const { objectives, primary_metric } = node.results as { objectives?: { metric: string }[]; primary_metric?: string };
  const metric = objectives?.[0]?.metric ?? primary_metric;
  const plan = "--dry-run";
  return [
    ...["text", "csv", "tsv", "markdown", "json"].flatMap((format) => [
      ["list", `--format=${format}`],
      ["list", `--format=${format}`, `--fields=${fields.join(",")}`, "--sort=metric"],
    ]),
    ["list", `--under=${node.node_id}`, `--grep=${text}`],
    ["get", id],
    ["visualize"],
    ["visualize", `--under=${node.node_id}`, "--depth=1"],
    ["compare", id, `--id2=${other.node_id}`],
    ["best-path"],
    ["best-path", `--objective=${metric}`],
    ["best-path", "--pareto"],
    ["validate"],
    ["validate", `--results=${escaped(node.results)}`],
    ["validate", `--results={primary_metric: m, primary_value: ${text}, direction: maximize}`],
    ["validate", `--metric=${text}=x`],
    [
      "add",
      `--desc=${text}`,
      `--cmd=${text}`,
      `--tag=${text}`,
      `--working-dir=${text}`,
      `--parent=${node.node_id}`,
      plan,
    ],
    ["update", id, `--desc=${text}`, `--cmd=${text}`, `--note=${text}`, `--reason=${text}`, plan],
    ["update", id, `--results=${escaped(node.results)}`, plan],
    ["prune", id, `--reason=${text}`, plan],
    ["prune", id, "--undo", plan],
    ["delete", id, "--recursive", plan],
    ["delete", id],
    ["history"],
    ["history", `--id=${text}`],
    ["history", "--show=1"],
    ["history", `--show=${text}`],
    ["undo", plan],
    ["undo", `--to=${text}`],
    ["doctor"],
    ["doctor", "--fix", plan],
    ["doctor", `--unlock=${text}`],
    ["sync", id],
    ["sync", id, `-m${text}`, plan],
    ["worktree", id],
    ["worktree", id, "--create", plan],
    ["worktree", id, "--path"],
    ["worktree", "--remove", "--status=pruned", plan],
    ["run", id, plan],
    ["run", "--pending", plan],
    ["run", "--resume", plan],
    ["run", `--id=${text}`],
    ["run", id, `--objective=${text}:maximize`, plan],
    ["run", id, `--timeout=${text}`],
    ["run", id, plan, "--", text, text],
    ["run", `--extract=${text}`, plan],
    ["collect"],
    ["collect", id, `--results=${text}`],
    ["collect", id, `--log=${text}`],
    ["collect", `--id=${text}`, "--results={m: 1}"],
    ["cancel", id],
    ["logs", id],
    ["logs", `--id=${text}`, "--follow"],
    ["reproduce", id],
    ["reproduce", id, `--tolerance=${text}`],
    ["add", "--desc=x", "--cmd=y", `--id=${text}`],
    ["add", "--desc=x", "--cmd=y", `--parent=${text}`],
    ["add", "--desc=x", "--cmd=y", "--worktree", `--from=${text}`],
    ["get", `--id=${text}`],
    ["compare", `--id=${text}`, `--id2=${text}`],
    ["list", `--status=${text}`],
    ["list", `--sort=${text}`],
    ["list", `--fields=${text}`],
    ["list", `--limit=${text}`],
    ["list", `--${text}`],
    ["list", text],
    ["update", id, `--results=${text}`],
    ["update", id, `--metric=${text}=1`, "--direction=minimize", plan],
    ["validate", `--results=${text}`],
    ["-f", text, "list"],
    [`${text}.yaml`, "list"],
    [text],
  ];
}

/** Calls that change the tree, in an order in which each finds what it needs. */
export function changesOn(node: HostileNode, text: string): readonly (readonly string[])[] {
  const id = `--id=${node.node_id}`;
  return [
    ["add", `--desc=${text}`, `--cmd=${text}`, `--tag=${text}`, `--parent=${node.node_id}`],
    ["update", id, `--desc=${text}`, `--note=${text}`, `--reason=${text}`, "--status=failed"],
    ["prune", id, `--reason=${text}`],
    ["prune", id, "--undo"],
    ["undo"],
    ["history"],
    ["history", "--show=1"],
    ["delete", id, "--recursive"],
    ["undo"],
  ];
}

/** Trees that are refused, each for another reason, which is told with the text. */
export const brokenTrees = (text: string): readonly string[] => {
  const t = escaped(text);
  return [
    `nodes: [{node_id: ${t}}, {node_id: ${t}}]`,
    `nodes: [{node_id: a, parent_id: ${t}}]`,
    `nodes: [{node_id: ${t}, parent_id: ${t}}]`,
    `nodes: [{node_id: a, status: ${t}}]`,
    `nodes: [{node_id: a, results: {primary_metric: ${t}, primary_value: ${t}, direction: ${t}}}]`,
    `nodes: {${t}: {node_id: b}}`,
    `nodes: [{node_id: a, ${t}: *${text}}]`,
    `nodes: [{node_id: a, x: !${text} y}]`,
    `nodes: [{node_id: a, tags: {${t}: [${t}]}}]`,
    `nodes: ${t}`,
    text,
    `nodes: []\n${text}: ${text}\n${text}`,
  ];
};
