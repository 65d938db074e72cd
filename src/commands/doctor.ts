import { Command } from "commander";
import type { Context } from "../cli/context.ts";
import { ExitCode, UsageError } from "../errors.ts";
import { renderDiagnosis } from "../render/diagnosis.ts";
import { renderPlan } from "../render/plan.ts";
import { safeText } from "../render/safe-text.ts";

interface DoctorOptions {
  readonly fix?: boolean;
  readonly unlock?: string;
  readonly dryRun?: boolean;
}

const examples = `Examples:
  tree-autoresearch doctor
  tree-autoresearch doctor --fix
`;

export function doctorCommand(ctx: Context): Command {
  return new Command("doctor")
    .addHelpText("before", examples)
    .option("--fix", "mend what can be mended; destroys nothing")
    .option("--unlock <id>", "take a lock from a process elsewhere that is certainly gone")
    .action(async (options: DoctorOptions) => {
      const { doctor, unlock } = await import("../operations/doctor.ts");
      const { fix, unlock: id } = options;
      if (id !== undefined && fix) throw new UsageError("Give either --fix or --unlock");
      const workspace = await ctx.open(options);
      if (id !== undefined) {
        const holder = await unlock(workspace, id);
        return ctx.report(workspace, { unlocked: id, holder }, () => `Unlocked: ${safeText(holder)}`);
      }
      const diagnosis = await doctor(workspace, { fix });
      if (diagnosis.findings.some(({ fixed }) => !fixed)) ctx.exitCode = ExitCode.invalid;
      const byHand = { ...diagnosis, findings: diagnosis.findings.filter(({ fixed }) => !fixed) };
      if (fix && workspace.dryRun && byHand.findings.length > 0) {
        const { steps, differences } = workspace.plan;
        ctx.out.answer({ dry_run: true, steps, differences, findings: byHand.findings }, (theme) =>
          [renderPlan(workspace.plan), renderDiagnosis(byHand, theme)].join("\n"),
        );
      } else if (fix) ctx.report(workspace, diagnosis, (theme) => renderDiagnosis(diagnosis, theme));
      else ctx.out.answer(diagnosis, (theme) => renderDiagnosis(diagnosis, theme));
    });
}
