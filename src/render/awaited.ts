import { shellWord } from "../shell-word.ts";
import { safeText } from "./safe-text.ts";
import type { Theme } from "./theme.ts";

export interface Task {
  readonly node_id: string;
  readonly since: string | null;
  readonly directory: string | null;
  readonly command: string;
  readonly commit: string | null;
  readonly metrics: readonly string[];
  readonly reason: string | null;
}

/** What a person has to do, exactly, and how to hand in what came of it. */
export function renderTask({ node_id: id, directory, command, commit, metrics }: Task, theme: Theme): string {
  const line = (name: string, text: string) => `  ${theme.dim(name.padEnd(9))} ${safeText(text)}`;
  return [
    `${theme.strong("Waiting:")} ${safeText(id)}; run this, then hand in what it measured:`,
    ...(directory === null ? [] : [line("directory", directory)]),
    ...(commit === null ? [] : [line("commit", commit)]),
    line("command", command),
    line("metrics", metrics.join(", ") || "as the results file says"),
    line("then", `tree-autoresearch collect --id ${shellWord(id)} --log FILE`),
  ].join("\n");
}

/** One line for each. */
export function renderAwaited(awaited: readonly Task[]): string {
  if (awaited.length === 0) return "Nothing is awaited.";
  return awaited
    .map(({ node_id, since, command, reason }) => {
      const why = reason === null ? safeText(command) : safeText(reason);
      return `${safeText(node_id)}  since ${safeText(since ?? "an unknown time")}  ${why}`;
    })
    .join("\n");
}
