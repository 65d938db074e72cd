import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, it } from "vitest";
import { runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

it("starts git as seldom as it can: an agent waits for each of them", () => {
  const repo = tempRepository();
  const folder = tempFolder();
  const log = join(folder, "log");
  const real = execFileSync("which", ["git"], { encoding: "utf8" }).trim();
  writeFileSync(join(folder, "git"), `#!/bin/sh\necho "$@" >> ${log}\nexec ${real} "$@"\n`, { mode: 0o755 });
  const gitsOf = (...args: readonly string[]) => {
    rmSync(log, { force: true });
    const { code, stderr } = runProgram(args, {
      cwd: repo.root,
      env: { PATH: `${folder}${delimiter}${process.env["PATH"]}` },
    });
    expect(code, stderr).toBe(0);
    return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  };
  const add = ["--desc", "x", "--cmd", "y"];
  expect(gitsOf("add", "--id", "a", "--worktree", ...add)).toHaveLength(3);
  expect(gitsOf("add", "--id", "b", "--parent", "a", ...add)).toEqual([]);
  expect(gitsOf("sync", "--id", "a")).toHaveLength(3);
  expect(gitsOf("add", "--id", "c", "--parent", "a", "--worktree", ...add)).toHaveLength(3);
  repo.write(".worktrees/a/train.mjs", "changed");
  expect(gitsOf("sync", "--id", "a", "-m", "changed")).toHaveLength(5);
  expect(gitsOf("update", "--id", "b", "--status", "running")).toEqual([]);
  expect(gitsOf("list")).toEqual([]);
});
