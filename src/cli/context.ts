import type { Workspace } from "../operations/workspace.ts";
import { renderPlan } from "../render/plan.ts";
import type { CreateTheme, Theme } from "../render/theme.ts";
import type { Io } from "./io.ts";
import { createOutput, type Output, type OutputOptions } from "./output.ts";

/** What a command gets: the workspace that the caller's words name, and a way to answer. */
export interface Context {
  readonly io: Pick<Io, "cwd" | "readStdin" | "catchSignals">;
  readonly out: Output;
  /** Opens the tree file. A command that changes something passes its options on, which carry --dry-run. */
  open(options?: OpenRequest): Promise<Workspace>;
  /** Answers for a command that changes something: in a dry run with the plan, else with the value or its text. */
  report(workspace: Workspace, value: unknown, renderText: (theme: Theme) => string): void;
  /** For a call that succeeded in part; 0 otherwise. */
  exitCode: number;
}

interface OpenRequest {
  readonly dryRun?: boolean;
  readonly create?: boolean;
  readonly mayBeGone?: boolean;
}

export interface GlobalOptions extends OutputOptions {
  readonly file?: string;
}

/** `options` is asked when a command runs: only then have the words of the call been read. */
export function createContext(io: Io, options: () => GlobalOptions, createTheme: CreateTheme): Context {
  let output: Output | undefined;
  const context: Context = {
    io,
    exitCode: 0,
    get out() {
      output ??= createOutput(io, options(), createTheme);
      return output;
    },
    async open({ dryRun, create, mayBeGone } = {}) {
      const { openWorkspace } = await import("../operations/open-workspace.ts");
      const file = options().file ?? (io.env["TREE_AUTORESEARCH_FILE"] || undefined);
      const purpose = `tree-autoresearch ${io.argv.join(" ")}`.slice(0, 200);
      return openWorkspace({
        file,
        cwd: io.cwd,
        dryRun,
        create,
        mayBeGone,
        purpose,
        now: io.now,
        warn: context.out.warn,
      });
    },
    report(workspace, value, renderText) {
      if (!workspace.dryRun) return context.out.answer(value, renderText);
      const { steps, differences } = workspace.plan;
      context.out.answer({ dry_run: true, steps, differences }, () => renderPlan(workspace.plan));
    },
  };
  return context;
}
