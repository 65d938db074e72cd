import { dirname } from "node:path";
import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { safeText } from "../render/safe-text.ts";
import { parseCount } from "./options.ts";

interface LogsOptions {
  readonly id: string;
  readonly attempt?: number;
  readonly tail: number;
  readonly follow?: boolean;
}

const examples = `Examples:
  tree-autoresearch logs --id iter2_vit
  tree-autoresearch logs --id iter2_vit --attempt 1 --tail 200
  tree-autoresearch logs --id iter2_vit --follow
`;

export function logsCommand(ctx: Context): Command {
  return new Command("logs")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node whose log it is")
    .option("--attempt <n>", "of this attempt (else the last one)", parseCount)
    .option("--tail <n>", "the last lines of it", parseCount, 50)
    .option("--follow", "and what comes, until the attempt ends")
    .action((options: LogsOptions) => logs(ctx, options));
}

async function logs(ctx: Context, options: LogsOptions): Promise<void> {
  const { followLog, readLogs } = await import("../operations/read-logs.ts");
  const log = await readLogs(await ctx.open(), options);
  const { isRunning, process: _, size: __, ...answer } = log;
  const { json } = ctx.out;
  if (options.follow && json) throw new UsageError("--follow writes lines as they come, which is no JSON value");
  const shown = (lines: readonly string[]) => lines.map(safeText).join("\n");
  if (json || log.lines.length > 0) ctx.out.answer({ ...answer, running: isRunning }, () => shown(log.lines));
  if (!options.follow || !isRunning) return;
  await followLog(log, dirname(log.path), (lines) => ctx.out.answer(null, () => shown(lines)), ctx.io.catchSignals());
}
