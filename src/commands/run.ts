import { Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { ExitCode, mostSerious, UsageError } from "../errors.ts";
import type { NodeRun, RunEvents, Running } from "../operations/run-context.ts";
import type { RunRequest } from "../operations/run-nodes.ts";
import { renderProgress } from "../render/progress.ts";
import { renderExtracted, renderRun, runAnswer } from "../render/run.ts";
import { shellWord } from "../shell-word.ts";
import type { Objective } from "../tree/results.ts";
import { parseDuration, parseList, parsePositive, parseSize, parseText, parseVariable } from "./options.ts";

interface RunOptions {
  readonly id?: readonly string[];
  readonly pending?: boolean;
  readonly resume?: boolean;
  readonly commit?: boolean;
  readonly message?: string;
  readonly allowDirty?: boolean;
  readonly timeout?: number;
  readonly grace: number;
  readonly repeat: number;
  readonly seedEnv?: string;
  readonly jobs?: number;
  readonly gpus?: readonly string[];
  readonly maxLog: number;
  readonly objective?: Objective;
  readonly on: "local" | "manual";
  readonly extract?: string;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch run --id iter1_baseline --objective accuracy:maximize --timeout 10m
  tree-autoresearch run --id iter2_vit --commit -m "smaller patches" --repeat 3 --seed-env SEED
  tree-autoresearch run --pending --jobs 2 --gpus 0,1
  tree-autoresearch run --id iter2_vit -- python train.py --lr 3e-4
`;

export function runCommand(ctx: Context): Command {
  return new Command("run")
    .addHelpText("before", examples)
    .argument("[command...]", "behind --: the node's command from now on")
    .option("--id <id...>", "nodes to run; several run one after the other")
    .option("--pending", "run all pending nodes, those under the best results first")
    .option("--resume", "wait for what runs already, and record how it ends")
    .option("--commit", "commit everything in the worktree first")
    .option("-m, --message <message>", "of that commit")
    .option("--allow-dirty", "run modified files, too: the result cannot be repeated, and is marked so")
    .option("--timeout <duration>", "end a run that takes longer: 90s, 10m, 1h30m", parseDuration)
    .option("--grace <duration>", "what it has to end by itself, before it is killed", parseDuration, 10)
    .option("--repeat <n>", "run each so often; the results become samples", parsePositive, 1)
    .option("--seed-env <name>", "give each run another seed, in this variable", parseVariable)
    .option("--jobs <n>", "nodes that run at the same time", parsePositive)
    .option("--gpus <list>", "give each job one of these, through CUDA_VISIBLE_DEVICES", parseList)
    .option("--max-log <size>", "end a run whose log becomes larger", parseSize, 8 * 1024 ** 3)
    .addOption(
      new Option("--on <where>", "where: on this machine, or by a person, who is told what to do")
        .choices(["local", "manual"])
        .default("local"),
    )
    .option("--objective <metric:direction>", "what the tree optimises; is written into the tree file", parseObjective)
    .option("--extract <log>", "with --dry-run: what would be taken from this log, and from where")
    .action((words: readonly string[], options: RunOptions) => run(ctx, words, options));
}

async function run(ctx: Context, words: readonly string[], options: RunOptions): Promise<void> {
  if (options.extract !== undefined) return extract(ctx, options.extract, options);
  checkCombination(options, words);
  const { runNodes } = await import("../operations/run-nodes.ts");
  const { findPending, resumeNodes } = await import("../operations/resume-nodes.ts");
  const workspace = await ctx.open(options);
  const signal = ctx.io.catchSignals();
  const context = { signal, events: eventsOf(ctx) };
  const ids = options.pending ? findPending(await workspace.load()) : (options.id ?? []);
  const runs = options.resume
    ? await resumeNodes(workspace, ids, context)
    : await runNodes(workspace, requestOf(ids, words, options), context);
  ctx.exitCode = signal.aborted ? (signal.reason as number) : exitCodeOf(runs);
  const [only] = runs;
  // What went wrong before the only one began is an error of the call.
  if (runs.length === 1 && only?.error && only.attempts.length === 0 && !signal.aborted) throw only.error;
  ctx.report(workspace, runAnswer(runs), (theme) => renderRun(runs, theme));
}

async function extract(ctx: Context, log: string, { dryRun }: RunOptions): Promise<void> {
  if (!dryRun) {
    throw new UsageError("--extract only shows what would be taken: it goes with --dry-run", {
      hint: `To record it: tree-autoresearch collect --id ID --log ${shellWord(log)}`,
    });
  }
  const { extractLog } = await import("../operations/extract-results.ts");
  const extracted = await extractLog(await (await ctx.open()).load(), log, ctx.io.cwd);
  ctx.out.answer(extracted, () => renderExtracted(extracted));
}

function checkCombination(
  { id, pending, resume, commit, message, allowDirty, jobs, gpus, ...options }: RunOptions,
  words: readonly string[],
): void {
  if (allowDirty && options.repeat > 1)
    throw new UsageError("--allow-dirty and --repeat exclude each other: samples are of one commit", {
      hint: "Commit first, or with --commit -m MESSAGE.",
    });
  const given = { "--timeout": options.timeout, "--seed-env": options.seedEnv, "--gpus": gpus };
  const [unheeded] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (options.on === "manual" && (unheeded || options.repeat > 1))
    throw new UsageError(`${unheeded ?? "--repeat"} is nothing that could be seen to with --on manual`, {
      hint: "Put it into the command: -- COMMAND",
    });
  if (id && pending) throw new UsageError("Give either --id or --pending");
  if (!id && !pending && !resume)
    throw new UsageError("No node was given", { hint: "Name it with --id ID, or all pending ones with --pending." });
  if (words.length > 0 && words.join("").trim() === "") throw new UsageError("The command behind -- is empty");
  if ((commit || message !== undefined) && allowDirty)
    throw new UsageError("--commit and --allow-dirty exclude each other");
  if (jobs !== undefined && gpus && jobs > gpus.length)
    throw new UsageError(`--jobs ${jobs} with ${gpus.length} of --gpus: each job needs one of its own`);
}

function requestOf(ids: readonly string[], words: readonly string[], options: RunOptions): RunRequest {
  const { commit, message, allowDirty, timeout, grace, repeat, seedEnv, gpus, maxLog, objective, on } = options;
  const command = words.length === 1 ? words[0] : words.map(shellWord).join(" ");
  return {
    ...{ ids, repeat, seedEnv, gpus, grace, objective, allowDirty, where: on },
    message: message ?? (commit ? "tree-autoresearch run" : undefined),
    timeout: timeout ?? null,
    mostLog: maxLog,
    jobs: options.jobs ?? gpus?.length ?? 1,
    ...(words.length > 0 && { command }),
  };
}

function exitCodeOf(runs: readonly NodeRun[]): ExitCode {
  return mostSerious(
    runs.map(({ error, attempts, awaited }) => {
      const isFailed = attempts.some(({ outcome }) => outcome !== "completed");
      if (error) return error.exitCode;
      if (awaited) return ExitCode.pending;
      return isFailed ? ExitCode.experimentFailed : ExitCode.success;
    }),
  );
}

function eventsOf({ out }: Context): RunEvents {
  const running = new Map<string, Running>();
  return {
    began: ({ id, attempt, log }) => out.note(`attempt ${attempt} of '${id}' runs; its log: ${log}`),
    goesOn(each) {
      running.set(each.id, each);
      out.progress((theme) => [...running.values()].map((one) => renderProgress(one, theme)));
    },
    ended(id, { attempt, outcome }) {
      running.delete(id);
      out.note(`attempt ${attempt} of '${id}' ended: ${outcome}`);
    },
  };
}

function parseObjective(value: string): Objective {
  const [, metric, direction] = /^(.+):(maximize|minimize)$/.exec(parseText(value)) ?? [];
  if (metric && (direction === "maximize" || direction === "minimize")) return { metric, direction };
  throw new InvalidArgumentError(`Expected METRIC:maximize or METRIC:minimize, received '${value}'.`);
}
