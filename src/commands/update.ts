import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { renderResults } from "../render/results.ts";
import { safeText } from "../render/safe-text.ts";
import { type IterationNode, type Status, statuses } from "../tree/iteration-tree.ts";
import type { Direction, Results } from "../tree/results.ts";
import { collect, parseText } from "./options.ts";

interface UpdateOptions {
  readonly id: string;
  readonly results?: string;
  readonly metric?: readonly string[];
  readonly direction?: Direction;
  readonly status?: Status;
  readonly reason?: string;
  readonly append?: boolean;
  readonly desc?: string;
  readonly cmd?: string;
  readonly note?: string;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch update --id iter1_baseline --metric accuracy=0.92 --direction maximize
  tree-autoresearch update --id iter1_baseline --results results.yaml
  tree-autoresearch update --id iter2_vit --status waiting --reason "job 4711 is queued"
`;

export function updateCommand(ctx: Context): Command {
  return new Command("update")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node to update")
    .option("--results <results>", "results: inline YAML or JSON, the path of a file, or - for standard input")
    .option("--metric <name=value>", "the short form; several make several objectives", collect)
    .addOption(new Option("--direction <direction>", "of --metric (else the tree's)").choices(["maximize", "minimize"]))
    .addOption(
      new Option("--status <status>", "the new status (completed, when results are given)").choices(
        statuses.filter((status) => status !== "pruned"),
      ),
    )
    .option("--reason <text>", "why it failed, or waits", parseText)
    .option("--append", "add the results as further samples of a repeated run")
    .option("--desc <text>", "a new description", parseText)
    .option("--cmd <command>", "a new command", parseText)
    .option("--note <text>", "add a note", parseText)
    .action((options: UpdateOptions) => update(ctx, options));
}

async function update(ctx: Context, options: UpdateOptions): Promise<void> {
  const { readResults } = await import("../operations/read-results.ts");
  const { updateNode } = await import("../operations/update-node.ts");
  const { id, status, reason, append, desc: description, cmd: command, note } = options;
  if (!hasChange(options)) {
    throw new UsageError("Nothing to update was given", {
      hint: "For example: --metric accuracy=0.92 --direction maximize",
    });
  }
  const workspace = await ctx.open(options);
  const results = await readResults({ ...options, ...ctx.io }, () => workspace.load());
  const { node } = await updateNode(workspace, { id, results, status, reason, append, description, command, note });
  ctx.report(workspace, node, () => describeUpdated(node, results));
}

function hasChange({ results, metric, status, reason, append, desc, cmd, note }: UpdateOptions): boolean {
  return [results, metric, status, reason, append, desc, cmd, note].some((each) => each !== undefined);
}

function describeUpdated(node: IterationNode, given: Results | undefined): string {
  const what = given && node.results ? renderResults(node.results) : `status=${node.status}`;
  return `Updated: ${safeText(node.node_id)} ${what}`;
}
