import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { safeText } from "../render/safe-text.ts";
import type { IterationNode } from "../tree/iteration-tree.ts";
import { collectText } from "./options.ts";

interface AddOptions {
  readonly desc?: string;
  readonly description?: string;
  readonly cmd?: string;
  readonly command?: string;
  readonly id?: string;
  readonly parent?: string;
  readonly workingDir?: string;
  readonly worktree?: boolean;
  readonly from?: string;
  readonly tag?: readonly string[];
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch add --desc "Baseline" --cmd "python train.py" --worktree
  tree-autoresearch add --parent iter1_baseline --desc "Halve the rate" --cmd "python train.py" --worktree
`;

export function addCommand(ctx: Context): Command {
  return new Command("add")
    .addHelpText("before", examples)
    .option("--desc <text>", "what it tries")
    .option("--cmd <command>", "the shell command that runs it")
    .option("--id <id>", "its id (else iter<n>_<words of the description>)")
    .option("--parent <id>", "the node it grows from (without one it is a root)")
    .option("--working-dir <dir>", "where the command runs, relative to the worktree")
    .option("--worktree", "create branch iter/<id> and worktree .worktrees/<id>, from the parent's commit")
    .option("--from <rev>", "start the worktree at this revision instead")
    .option("--tag <tag>", "a label; may be given several times", collectText)
    .addOption(new Option("--description <text>", "the same as --desc").hideHelp())
    .addOption(new Option("--command <command>", "the same as --cmd").hideHelp())
    .action(async (options: AddOptions) => {
      const { addNode } = await import("../operations/add-node.ts");
      const workspace = await ctx.open({ ...options, create: true });
      const { node } = await addNode(workspace, {
        description: requireText(options.desc ?? options.description, "--desc <text>"),
        command: requireText(options.cmd ?? options.command, "--cmd <command>"),
        ...pick(options),
      });
      ctx.report(workspace, node, () => describeAdded(node));
    });
}

function pick({ id, parent, workingDir, worktree, from, tag }: AddOptions) {
  if (from !== undefined && !worktree)
    throw new UsageError("--from says where a worktree starts, but --worktree is missing", { hint: "Add --worktree." });
  return { id, parent, workingDir, worktree, from, tags: tag };
}

function requireText(text: string | undefined, option: string): string {
  if (text?.trim()) return text;
  const received = text === undefined ? "nothing" : JSON.stringify(text);
  throw new UsageError(`Required option '${option}' needs a text, received ${received}`, {
    hint: 'For example: tree-autoresearch add --desc "Baseline" --cmd "python train.py"',
  });
}

function describeAdded({ node_id, parent_id, worktree }: IterationNode): string {
  const parent = parent_id === null ? "none" : safeText(parent_id);
  const lines = [`Added: ${safeText(node_id)} (parent: ${parent})`];
  if (worktree) lines.push(`Worktree: ${safeText(worktree.path)} (branch ${safeText(worktree.branch)})`);
  return lines.join("\n");
}
