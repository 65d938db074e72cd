import { Command, Option } from "commander";
import type { Context } from "../cli/context.ts";
import { UsageError } from "../errors.ts";
import { defaultFields, type ListField, type ListFormat, listFields, renderList, rowValue } from "../render/list.ts";
import { statuses } from "../tree/iteration-tree.ts";
import { type ListRequest, listNodes } from "../tree/list-nodes.ts";
import { parseCount, parseWords } from "./options.ts";

interface ListOptions extends ListRequest {
  readonly fields?: readonly string[];
  readonly format: ListFormat | "json";
}

const examples = `Examples:
  tree-autoresearch list --sort metric --limit 5
  tree-autoresearch list --status pending --fields id,command
`;

export function listCommand(ctx: Context): Command {
  return new Command("list")
    .addHelpText("before", examples)
    .addOption(new Option("--status <status>", "only nodes of this status").choices(statuses))
    .option("--under <id>", "only this node and those under it")
    .option("--grep <text>", "only nodes with this text in id, description, command, reason, tags or notes")
    .addOption(new Option("--sort <by>", "another order than the tree's").choices(["metric", "created", "id"]))
    .option("--limit <n>", "at most this many", parseCount)
    .option("--fields <a,b>", `columns, of: ${Object.keys(listFields).join(", ")}`, parseWords)
    .addOption(
      new Option("--format <format>", "how to print")
        .choices(["text", "json", "csv", "tsv", "markdown"])
        .default("text"),
    )
    .action(async (options: ListOptions) => {
      const fields = requireFields(options.fields);
      const nodes = listNodes(await (await ctx.open()).load(), options);
      const rows = () => nodes.map((node) => Object.fromEntries(fields.map((field) => [field, rowValue(node, field)])));
      const { format } = options;
      if (format === "json") ctx.out.answerJson(rows());
      else ctx.out.answer(rows, (theme) => renderList(nodes, fields, format, theme));
    });
}

function requireFields(given: readonly string[] | undefined): readonly ListField[] {
  if (given?.length === 0)
    throw new UsageError("--fields names no column", { hint: `Known fields: ${Object.keys(listFields).join(", ")}` });
  const unknown = given?.find((field) => !Object.hasOwn(listFields, field));
  if (unknown !== undefined) {
    throw new UsageError(`Unknown field '${unknown}'`, { hint: `Known fields: ${Object.keys(listFields).join(", ")}` });
  }
  return (given as readonly ListField[] | undefined) ?? defaultFields;
}
