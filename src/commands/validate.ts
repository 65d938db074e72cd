import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { renderResults } from "../render/results.ts";
import type { Direction } from "../tree/results.ts";
import { collect } from "./options.ts";

interface ValidateOptions {
  readonly results?: string;
  readonly metric?: readonly string[];
  readonly direction?: Direction;
}

const examples = `Examples:
  tree-autoresearch validate
  tree-autoresearch validate --results results.yaml
`;

export function validateCommand(ctx: Context): Command {
  return new Command("validate")
    .addHelpText("before", examples)
    .option("--results <results>", "results: inline YAML or JSON, the path of a file, or - for standard input")
    .option("--metric <name=value>", "the short form; several make several objectives", collect)
    .addOption(new Option("--direction <direction>", "of --metric").choices(["maximize", "minimize"]))
    .action(async (options: ValidateOptions) => {
      const { validateResults, validateTree } = await import("../operations/validate.ts");
      if (options.results === undefined && options.metric === undefined) {
        const nodes = await validateTree(await ctx.open());
        return ctx.out.answer({ valid: true, nodes }, () => `Valid: ${nodes} node${nodes === 1 ? "" : "s"}`);
      }
      const results = await validateResults({ ...options, ...ctx.io }, () => ctx.open());
      ctx.out.answer({ valid: true, results }, () => `Valid: ${renderResults(results)}`);
    });
}
