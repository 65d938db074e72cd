import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import type { SyncRequest } from "../operations/sync-commit.ts";
import { safeText } from "../render/safe-text.ts";

interface SyncOptions extends SyncRequest {
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch sync --id iter1_baseline
  tree-autoresearch sync --id iter1_baseline -m "tune learning rate"
`;

export function syncCommand(ctx: Context): Command {
  return new Command("sync")
    .addHelpText("before", examples)
    .requiredOption("--id <id>", "node to sync")
    .option("-m, --message <message>", "commit everything in the worktree first")
    .option("--allow-dirty", "record HEAD although tracked files are modified")
    .action(async (options: SyncOptions) => {
      const { syncCommit } = await import("../operations/sync-commit.ts");
      const workspace = await ctx.open(options);
      const { node, commit } = await syncCommit(workspace, options);
      ctx.report(workspace, node, () => `Synced: ${safeText(node.node_id)} -> ${commit.slice(0, 7)}`);
    });
}
