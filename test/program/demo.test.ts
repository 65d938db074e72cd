import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanEnvironment, projectRoot, runProgram } from "../run-program.ts";
import { tempFolder } from "../temp-repository.ts";

/** A short session of the demo, in a temporary folder of its own. */
function demo(folder: string) {
  mkdirSync(folder);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(projectRoot, "examples/digits/demo.mjs"), "--runs", "5"],
    {
      encoding: "utf8",
      env: { ...cleanEnvironment(folder), TMPDIR: folder },
    },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const [, root = ""] = / in (\S+tree-autoresearch-demo-\S+)/.exec(stdout) ?? [];
  return { stdout, root };
}

describe("the demo", () => {
  it("runs a session through the command line, and the same seed grows the same tree", () => {
    const folder = tempFolder();
    const [one, two] = [demo(join(folder, "one")), demo(join(folder, "two"))];
    const tree = ({ root }: { root: string }) =>
      runProgram(["list", "--fields", "id,parent,status,value,description", "--json"], { cwd: root }).stdout;
    const nodes = JSON.parse(tree(one)) as { id: string; status: string; value: number }[];
    expect(nodes.map(({ status }) => status).toSorted()).toEqual([...Array(5).fill("completed"), "failed", "failed"]);
    expect(nodes.every(({ status, value }) => (status === "completed" ? value > 0.85 : value === null))).toBe(true);
    expect(tree(two)).toBe(tree(one));

    // The validation code and data are the same in every worktree, and every commit reproduces its result.
    const { stdout } = runProgram(["worktree", "--id", "iter2_higher_rate", "--json"], { cwd: one.root });
    const { path, clean, commit, head } = JSON.parse(stdout) as {
      path: string;
      clean: boolean;
      commit: string;
      head: string;
    };
    expect({ clean, same: commit === head }).toEqual({ clean: true, same: true });
    const again = spawnSync(process.execPath, ["train.mjs"], { cwd: path, encoding: "utf8" }).stdout;
    expect(again).toContain(`val_accuracy: ${nodes.find(({ id }) => id === "iter2_higher_rate")?.value.toFixed(4)}`);

    // What it tells at the end can be done.
    for (const part of [
      "Failed: typo attempt 1 after",
      "| Error: Unknown schedule 'cosin': constant, linear or cosine",
      ": timeout: stopped after 5 s",
      "$ tree-autoresearch visualize",
      "$ tree-autoresearch best-path",
      "greedy line",
      "Look further:",
    ])
      expect(one.stdout).toContain(part);
    const [, further = ""] = one.stdout.split("Look further:\n");
    const script = further.replace(
      /^ {2}alias .*$/m,
      `  tree-autoresearch() { "${process.execPath}" "${join(projectRoot, "bin/tree-autoresearch.js")}" "$@"; }`,
    );
    expect(spawnSync("bash", ["-ec", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    rmSync(folder, { recursive: true });
  });
});
