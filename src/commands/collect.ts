import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { ExitCode, UsageError } from "../errors.ts";
import { renderAwaited } from "../render/awaited.ts";
import { renderResults } from "../render/results.ts";
import { safeText } from "../render/safe-text.ts";

interface CollectOptions {
  readonly id?: string;
  readonly results?: string;
  readonly log?: string;
  readonly resultsFile?: string;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch collect
  tree-autoresearch collect --id iter2_vit --log slurm-4711.out
  tree-autoresearch collect --id iter2_vit --results '{accuracy: 0.93, loss: 0.21}'
`;

export function collectCommand(ctx: Context): Command {
  return new Command("collect")
    .addHelpText("before", examples)
    .option("--id <id>", "node that waits (without it, what is awaited, and exit code 8 if anything is)")
    .option(
      "--results <results>",
      "what was measured: inline YAML or JSON, the path of a file, or - for standard input",
    )
    .option("--log <file>", "what the command printed")
    .option("--results-file <file>", "what the command wrote")
    .action((options: CollectOptions) => (options.id === undefined ? list(ctx, options) : collect(ctx, options)));
}

async function list(ctx: Context, { results, log, resultsFile }: CollectOptions): Promise<void> {
  if ([results, log, resultsFile].some((each) => each !== undefined))
    throw new UsageError("Whose results these are was not said", {
      hint: "Add --id ID; without anything, collect lists what is awaited.",
    });
  const { listAwaited } = await import("../operations/collect.ts");
  const awaited = await listAwaited(await ctx.open());
  ctx.exitCode = awaited.length > 0 ? ExitCode.pending : ExitCode.success;
  ctx.out.answer(awaited, () => renderAwaited(awaited));
}

async function collect(ctx: Context, options: CollectOptions): Promise<void> {
  const { collectResults } = await import("../operations/collect.ts");
  const workspace = await ctx.open(options);
  const { node, origins } = await collectResults(workspace, { ...options, ...ctx.io, id: options.id as string });
  const sources = [...new Set(origins.map(({ source }) => source))].join(", ");
  ctx.report(workspace, node, () => {
    const what = node.results ? renderResults(node.results) : `status=${node.status}`;
    return `Collected: ${safeText(node.node_id)} ${what}, from ${safeText(sources)}`;
  });
}
