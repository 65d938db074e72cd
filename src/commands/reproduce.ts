import { Command, InvalidArgumentError } from "commander";
import type { Context } from "../cli/context.ts";
import { ExitCode } from "../errors.ts";
import { renderReproduction } from "../render/reproduction.ts";
import { parseDuration, parsePositive, parseSize, parseVariable } from "./options.ts";

interface ReproduceOptions {
  readonly id: string;
  readonly repeat: number;
  readonly tolerance?: number;
  readonly timeout?: number;
  readonly grace: number;
  readonly seedEnv?: string;
  readonly maxLog: number;
}

const examples = `Examples:
  tree-autoresearch reproduce --id iter2_vit
  tree-autoresearch reproduce --id iter2_vit --repeat 3 --tolerance 0.005
`;

export function reproduceCommand(ctx: Context): Command {
  return new Command("reproduce")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node whose recorded commit is to run again")
    .option("--repeat <n>", "run it so often", parsePositive, 1)
    .option("--tolerance <x>", "how far apart the values may be (else the node's own noise)", parseTolerance)
    .option("--timeout <duration>", "end a run that takes longer", parseDuration)
    .option("--grace <duration>", "what it has to end by itself, before it is killed", parseDuration, 10)
    .option("--seed-env <name>", "give each run the seed of a recorded one, in this variable", parseVariable)
    .option("--max-log <size>", "end a run whose log becomes larger", parseSize, 8 * 1024 ** 3)
    .action((options: ReproduceOptions) => reproduce(ctx, options));
}

async function reproduce(ctx: Context, { timeout, maxLog, ...options }: ReproduceOptions): Promise<void> {
  const { reproduceNode } = await import("../operations/reproduce-node.ts");
  const signal = ctx.io.catchSignals();
  const request = { ...options, timeout: timeout ?? null, mostLog: maxLog };
  const { isReproduced, objectives, ...answer } = await reproduceNode(await ctx.open(), request, signal);
  ctx.exitCode = isReproduced ? ExitCode.success : ExitCode.experimentFailed;
  if (signal.aborted) ctx.exitCode = signal.reason as number;
  const value = {
    ...answer,
    reproduced: isReproduced,
    objectives: objectives.map(({ isReproduced: reproduced, ...rest }) => ({ ...rest, reproduced })),
  };
  ctx.out.answer(value, (theme) => renderReproduction({ ...answer, isReproduced, objectives }, theme));
}

function parseTolerance(value: string): number {
  if (/^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value)) return Number(value);
  throw new InvalidArgumentError(`Expected a number from 0, received '${value}'.`);
}
