import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellWord } from "../src/shell-word.ts";

const odd = [
  "plain-1_2./@%+=:,",
  "a~b",
  "~",
  "-n",
  "",
  "a b",
  "it's",
  "$(touch x)",
  "a;b",
  "`x`",
  "*",
  "#",
  "a\nb",
  '"',
  "\\",
];

it.each(odd)("a shell reads %j as one word, and runs nothing of it", (word) => {
  expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
});

it("what means nothing to a shell stays as it is", () => {
  expect(shellWord(".worktrees/a-1~2")).toBe(".worktrees/a-1~2");
});
