import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { ExitCode, mostSerious, UsageError } from "../errors.ts";
import type { Removal } from "../operations/remove-worktrees.ts";
import { safeText } from "../render/safe-text.ts";
import { renderWorktree } from "../render/worktree.ts";
import { type Status, statuses } from "../tree/iteration-tree.ts";

interface WorktreeOptions {
  readonly id?: string;
  readonly create?: boolean;
  readonly remove?: boolean;
  readonly force?: boolean;
  readonly path?: boolean;
  readonly status?: Status;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch worktree --id iter1_baseline
  cd "$(tree-autoresearch worktree --id iter1_baseline --path)"
  tree-autoresearch worktree --remove --status pruned
`;

export function worktreeCommand(ctx: Context): Command {
  return new Command("worktree")
    .addHelpText("before", examples)
    .option("--id <id>", "node whose worktree it is")
    .option("--create", "create the worktree, or create it again")
    .option("--remove", "remove the worktree; the record and the branch stay")
    .option("--force", "with --remove: also when files would be lost")
    .addOption(new Option("--status <status>", "with --remove: of all nodes of this status").choices(statuses))
    .option("--path", "print the absolute path alone")
    .action(async (options: WorktreeOptions) => {
      const { createNodeWorktree } = await import("../operations/create-worktree.ts");
      const { describeWorktree } = await import("../operations/describe-worktree.ts");
      checkCombination(options);
      if (options.remove) return remove(ctx, options);
      const id = options.id as string;
      const workspace = await ctx.open({ dryRun: options.dryRun ?? false });
      if (options.create) await createNodeWorktree(workspace, id);
      if (options.create && workspace.dryRun) return ctx.report(workspace, null, () => "");
      const report = await describeWorktree(workspace, id);
      ctx.out.answer(report, (theme) => (options.path ? report.path : renderWorktree(report, theme)));
    });
}

function checkCombination({ id, create, remove, status, force }: WorktreeOptions): void {
  if (create && remove) throw new UsageError("--create and --remove exclude each other");
  if (status && !remove) throw new UsageError("--status goes with --remove");
  if (force && !remove) throw new UsageError("--force goes with --remove");
  if (id !== undefined && status) throw new UsageError("Give either --id or --status");
  if (id === undefined && !status) throw new UsageError("Required option '--id <id>' is missing");
}

async function remove(ctx: Context, options: WorktreeOptions): Promise<void> {
  const { removeWorktrees } = await import("../operations/remove-worktrees.ts");
  const workspace = await ctx.open({ dryRun: options.dryRun ?? false });
  const removals = await removeWorktrees(workspace, options);
  ctx.exitCode = mostSerious(removals.map(({ error }) => error?.exitCode ?? ExitCode.success));
  const value = removals.map(({ error, ...rest }) => ({
    ...rest,
    ...(error && { error: { code: error.code, message: error.message } }),
  }));
  ctx.report(workspace, value, () =>
    removals.length === 0 ? "No worktrees to remove." : removals.map(describeRemoval).join("\n"),
  );
}

function describeRemoval({ node_id, removed, error }: Removal): string {
  return removed
    ? `Removed worktree: ${safeText(node_id)}`
    : `Kept worktree: ${safeText(node_id)} (${safeText(error?.message ?? "")})`;
}
