// The table of what the long run measured, as it is printed and as it stands in README.md.
import { existsSync, readFileSync } from "node:fs";

export const longRunFile = "test/long-run.json";

export function readLongRun() {
  return existsSync(longRunFile) ? JSON.parse(readFileSync(longRunFile, "utf8")) : [];
}

export function figuresTable(results) {
  const rows = results.flatMap(({ date, commit, figures }) =>
    figures.map(({ promise, figure, anchor }) => {
      const cells = [promise, figure, `\`npm run test:long -- ${anchor}\``, `${date}, ${commit}`];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    }),
  );
  const machines = [...new Set(results.map(({ machine }) => machine))].join("; ");
  const minutes = Math.round(results.reduce((sum, each) => sum + each.minutes, 0));
  return [
    "| promise | measured | shown by | at |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    `On ${machines}; ${minutes} minutes in all.`,
  ].join("\n");
}
