import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { undo } from "../../src/operations/undo.ts";
import { updateNode } from "../../src/operations/update-node.ts";
import { loadHistory } from "../../src/store/restore-version.ts";
import { historyOf } from "../../src/store/tree-file.ts";
import { program } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

const open = (cwd: string, file?: string) => openWorkspace({ cwd, file, create: true, mayBeGone: true });
const add = (workspace: ReturnType<typeof open>, id: string) =>
  addNode(workspace, { id, description: "x", command: "y" });

describe("a tree file has one lock and one history", () => {
  it("whatever link leads to it, within a repository, out of one, or without", async () => {
    const [repo, outside] = [tempRepository(), tempFolder()];
    const real = join(outside, "t.yaml");
    await add(open(outside, real), "a");
    for (const [cwd, link] of [
      [repo.root, "one.yaml"],
      [repo.root, "two.yaml"],
      [outside, "three.yaml"],
    ] as const) {
      symlinkSync(real, join(cwd, link));
      expect(open(cwd, link).file.stateFolder).toBe(join(outside, ".tree-autoresearch/t.yaml"));
      await add(open(cwd, link), link.replace(".yaml", ""));
    }
    const { versions, isEdited } = loadHistory(open(outside, real).file);
    expect([versions.map(({ node }) => node), isEdited]).toEqual([[null, "a", "one", "two", "three"], false]);
  });

  it("within its repository, also where it lies in a worktree beside the main one", async () => {
    const [repo, outside] = [tempRepository(), tempFolder()];
    repo.git("worktree", "add", "--quiet", "--detach", join(outside, "wt"));
    mkdirSync(join(outside, "wt/deep"));
    const file = join(outside, "wt/deep/T.yaml");
    await add(open(outside, file), "a");
    expect(open(outside, file).file.stateFolder).toBe(join(repo.root, ".git/tree-autoresearch/outside", file));
    expect(repo.git("-C", join(outside, "wt"), "status", "--porcelain")).toBe("");
    expect(repo.read(".git/info/exclude")).toContain("\n/deep/T.yaml\n");
  });

  it("that nobody may read who may not read the file", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    const folder = () => (statSync(historyOf(open(repo.root).file)).mode & 0o777).toString(8);
    expect(folder()).toBe((0o777 & ~process.umask()).toString(8));
    chmodSync(repo.treeFile, 0o640);
    await updateNode(open(repo.root), { id: "a", status: "running" });
    expect(folder()).toBe("750");
    chmodSync(repo.treeFile, 0o600);
    await updateNode(open(repo.root), { id: "a", status: "failed" });
    expect(folder()).toBe("700");
    chmodSync(repo.treeFile, 0o664);
    await updateNode(open(repo.root), { id: "a", status: "running" });
    expect(folder()).toBe("775");
  });
});

describe("the history", () => {
  it("knows that the file is gone, and not as a version", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    const text = readFileSync(repo.treeFile, "utf8");
    rmSync(repo.treeFile);
    expect(loadHistory(open(repo.root).file).isEdited).toBe(true);
    await undo(open(repo.root), { to: 2 });
    expect(readFileSync(repo.treeFile, "utf8")).toBe(text);
    await undo(open(repo.root), {});
    expect(readFileSync(repo.treeFile, "utf8")).toBe(text);
    expect(loadHistory(open(repo.root).file).versions.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it("is there for a file that is too large, or has become a folder; undo says how it comes back", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    for (const [make, hint] of [
      [() => writeFileSync(repo.treeFile, "#".repeat(17 << 20)), /move it away, and bring back a version/],
      [
        () => {
          rmSync(repo.treeFile);
          mkdirSync(repo.treeFile);
        },
        /^Move it away/,
      ],
    ] as const) {
      make();
      expect(loadHistory(open(repo.root).file).versions).toHaveLength(2);
      await expect(undo(open(repo.root), { to: 2 })).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
    }
    rmSync(repo.treeFile, { recursive: true });
    await undo(open(repo.root), { to: 2 });
    expect((await open(repo.root).load()).nodes).toHaveLength(1);
  });

  it("takes no writer that is just saving for an edit by hand", async () => {
    const repo = tempRepository();
    await add(open(repo.root), "a");
    // Between the replaced file and its history there is a second.
    const slow = join(tempFolder(), "slow.mjs");
    const patch = `import fs from "node:fs"; import { syncBuiltinESMExports } from "node:module";
      const { renameSync } = fs; fs.renameSync = (from, to) => { renameSync(from, to);
      if (to.endsWith("ITERATION_TREE.yaml")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000); };
      syncBuiltinESMExports();`;
    writeFileSync(slow, patch);
    const args = ["--import", slow, program, "update", "--id", "a", "--status", "running"];
    const writer = spawn(process.execPath, args, { cwd: repo.root, stdio: "ignore" });
    const ended = once(writer, "exit");
    while (!readFileSync(repo.treeFile, "utf8").includes("running")) await sleep(10);
    expect(await undo(open(repo.root), {})).toMatchObject({ restored: 2, edited_by_hand: false });
    expect(await ended).toEqual([0, null]);
  });
});
