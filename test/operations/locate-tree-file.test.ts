import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { locateTreeFile } from "../../src/operations/locate-tree-file.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

function withLinked() {
  const repo = tempRepository();
  repo.git("worktree", "add", "--quiet", "-b", "x", ".worktrees/x");
  repo.write("sub/.keep", "");
  repo.write(".worktrees/x/sub/.keep", "");
  return { ...repo, linked: join(repo.root, ".worktrees/x") };
}

describe("locateTreeFile without a name", () => {
  it("means the file at the root of the main worktree, from everywhere in the repository", () => {
    const { root, linked, treeFile } = withLinked();
    writeFileSync(treeFile, "nodes: []\n");
    for (const cwd of [root, join(root, "sub"), linked, join(linked, "sub")]) {
      expect(locateTreeFile({ cwd })).toMatchObject({ path: treeFile, exists: true, ignoredCopy: undefined });
    }
  });

  it("never means the copy in a linked worktree, and tells of it", () => {
    const { linked, treeFile } = withLinked();
    writeFileSync(treeFile, "nodes: []\n");
    writeFileSync(join(linked, "ITERATION_TREE.yaml"), "nodes: []\n");
    expect(locateTreeFile({ cwd: linked })).toMatchObject({
      path: treeFile,
      ignoredCopy: join(linked, "ITERATION_TREE.yaml"),
    });
  });

  it("goes upward where there is no git, and begins in the caller's folder", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "a/b"), { recursive: true });
    expect(locateTreeFile({ cwd: join(folder, "a/b") })).toMatchObject({
      path: join(folder, "a/b/ITERATION_TREE.yaml"),
      exists: false,
    });
    writeFileSync(join(folder, "ITERATION_TREE.yaml"), "nodes: []\n");
    expect(locateTreeFile({ cwd: join(folder, "a/b") })).toMatchObject({
      path: join(folder, "ITERATION_TREE.yaml"),
      exists: true,
    });
  });
});

describe("locateTreeFile with a name", () => {
  it("means the main worktree's file from inside a linked one", () => {
    const { root, linked } = withLinked();
    writeFileSync(join(root, "other.yaml"), "nodes: []\n");
    writeFileSync(join(linked, "other.yaml"), "nodes: []\n");
    expect(locateTreeFile({ cwd: linked, named: "other.yaml" })).toMatchObject({
      path: join(root, "other.yaml"),
      ignoredCopy: join(linked, "other.yaml"),
    });
    expect(locateTreeFile({ cwd: join(linked, "sub"), named: "other.yaml" }).path).toBe(join(root, "other.yaml"));
    expect(locateTreeFile({ cwd: linked, named: "../../other.yaml" }).path).toBe(join(root, "other.yaml"));
  });

  it("means the caller's folder first, then the main worktree's root", () => {
    const { root } = withLinked();
    writeFileSync(join(root, "t.yaml"), "nodes: []\n");
    expect(locateTreeFile({ cwd: join(root, "sub"), named: "t.yaml" }).path).toBe(join(root, "t.yaml"));
    writeFileSync(join(root, "sub/t.yaml"), "nodes: []\n");
    expect(locateTreeFile({ cwd: join(root, "sub"), named: "t.yaml" }).path).toBe(join(root, "sub/t.yaml"));
  });

  it("takes an absolute name as it is", () => {
    const { linked } = withLinked();
    const elsewhere = join(tempFolder(), "t.yaml");
    expect(locateTreeFile({ cwd: linked, named: elsewhere })).toMatchObject({ path: elsewhere, looked: [elsewhere] });
    expect(locateTreeFile({ cwd: linked, named: join(linked, "t.yaml") }).path).toBe(join(linked, "t.yaml"));
  });
});
