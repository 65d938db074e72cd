import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { program, runCommand } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

const tell = 'process.on("exit", () => process.stderr.write("\\n" + Object.keys(require.cache).join("\\n")))';

/** The files of the bundle that a call loads. */
function loadedBy(args: readonly string[], cwd: string): readonly string[] {
  const hook = join(tempFolder(), "tell.cjs");
  writeFileSync(hook, tell);
  const { code, stderr } = runCommand(process.execPath, ["--require", hook, program, ...args], { cwd });
  expect(code, stderr).toBe(0);
  return [...stderr.matchAll(/dist\/program\/(.*)\.js$/gm)].map(([, name]) => name as string).sort();
}

const tree = 'nodes:\n- node_id: "a"\n  description: "x"\n';
const light = ["main", "program"];

describe("what a call does not need is not loaded", () => {
  it("neither YAML nor git, for a look at a tree that did not change", () => {
    const { root, treeFile } = tempRepository();
    writeFileSync(treeFile, tree);
    expect(loadedBy(["list"], root)).toContain("parser");
    for (const args of [["list"], ["visualize"], ["validate"]]) expect(loadedBy(args, root)).toEqual(light);
    writeFileSync(treeFile, `${tree}# by hand\n`);
    expect(loadedBy(["list"], root)).toContain("parser");
    expect(loadedBy(["list"], root)).toEqual(light);
  });

  it("neither YAML nor zod nor git, for a change of what a change has written", () => {
    const { root } = tempRepository();
    const add = (id: string, ...more: string[]) => ["add", "--id", id, "--desc", "x", "--cmd", "y", ...more];
    expect(loadedBy(add("a"), root)).toContain("parser");
    for (const [args, more] of [
      [add("b", "--parent", "a"), []],
      [["update", "--id", "a", "--note", "it's", "--status", "failed"], []],
      [["update", "--id", "b", "--metric", "m=1", "--direction", "maximize"], ["checks"]],
      [["prune", "--id", "b", "--reason", "x"], []],
      [["prune", "--id", "b", "--undo"], []],
      [["delete", "--id", "b"], []],
    ] as const)
      expect(loadedBy(args, root), args[0]).toEqual([...light, "writer", ...more].sort());
  });

  it("nor git, for a change of what was written by hand", () => {
    const { root, treeFile } = tempRepository();
    writeFileSync(treeFile, tree);
    for (const args of [
      ["update", "--id", "a", "--metric", "m=1", "--direction", "maximize"],
      ["add", "--id", "b", "--parent", "a", "--desc", "x", "--cmd", "y"],
      ["prune", "--id", "a", "--reason", "x"],
      ["delete", "--id", "a", "--recursive"],
    ]) {
      writeFileSync(treeFile, `${readFileSync(treeFile, "utf8").trimEnd()} # by hand\n`);
      const loaded = loadedBy(args, root);
      expect(loaded, args[0]).toContain("parser");
      expect(loaded, args[0]).not.toContain("git");
    }
  });

  it("nor anything, to tell the version", () => {
    expect(loadedBy(["--version"], tempFolder())).toEqual(["main"]);
  });

  it("and a look leaves no folder beside a tree that lies in no repository", () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "ITERATION_TREE.yaml"), tree);
    loadedBy(["list"], folder);
    expect(existsSync(join(folder, ".tree-autoresearch"))).toBe(false);
  });
});
