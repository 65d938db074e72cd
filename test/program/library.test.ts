import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../run-program.ts";
import { tempRepository } from "../temp-repository.ts";

const consumer = `
import {
  addNode, compareNodes, createNodeWorktree, deleteNode, describeWorktree, NodeNotFoundError, openWorkspace, pruneNode,
  removeWorktrees, syncCommit, tree, unpruneNode, updateNode, validateResults,
  type Answer, type IterationNode, type IterationTree, type Results, type Workspace,
} from "tree-autoresearch";

const workspace: Workspace = openWorkspace({ create: true });
const results: Results = validateResults({ primary_metric: "accuracy", primary_value: 0.92, direction: "maximize" });
const { node } = await addNode(workspace, { id: "base", description: "Baseline", command: "python train.py", worktree: true });
await updateNode(workspace, { id: node.node_id, results });
const { commit } = await syncCommit(workspace, { id: "base" });
await addNode(workspace, { id: "kid", parent: "base", description: "kid", command: "x" });
await createNodeWorktree(workspace, "kid");
await pruneNode(workspace, { id: "kid", reason: "worse" });
await unpruneNode(workspace, "kid");
const report = await describeWorktree(workspace, "kid");
await removeWorktrees(workspace, { id: "kid" });
const { ancestor } = await compareNodes(workspace, "base", "kid");
const deleted = await deleteNode(workspace, { id: "kid" });

const loaded: IterationTree = (await workspace.load());
const nodes: readonly IterationNode[] = tree.listNodes(loaded, {});
const path = tree.bestPath(tree.addNode(loaded, { id: "more", description: "d", command: "c", now: "2026-01-01T00:00:00Z" }).tree);
const answer: Answer<"delete"> = { deleted: [...deleted] };
let refused = "";
try {
  tree.requireNode(loaded, "bse");
} catch (error) {
  if (error instanceof NodeNotFoundError) refused = error.hint ?? "";
}
console.log(JSON.stringify({ ids: nodes.map((each) => each.node_id), run: report.run, answer, ancestor: ancestor?.node_id, refused, short: commit.length, best: path.steps.at(-1)?.node.node_id }));
`;

describe("the library, from the packed tarball", () => {
  it("has types that a strict consumer compiles against, does what the reference's Python API names, and brings the program", () => {
    const { root: installed } = tempRepository();
    const npm = (cwd: string, ...args: string[]) =>
      execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const [{ filename }] = JSON.parse(
      npm(projectRoot, "pack", "--json", "--ignore-scripts", "--pack-destination", installed),
    ) as [{ filename: string }];
    writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    npm(
      installed,
      "install",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      "--ignore-scripts",
      "--omit=dev",
      join(installed, filename),
    );
    writeFileSync(join(installed, "consumer.ts"), consumer);

    const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
    const options = [
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--types",
      "node",
      "--typeRoots",
      join(projectRoot, "node_modules/@types"),
      "--skipLibCheck",
    ];
    execFileSync(process.execPath, [tsc, ...options, "consumer.ts"], { cwd: installed, encoding: "utf8" });
    const printed = execFileSync(process.execPath, ["consumer.js"], { cwd: installed, encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual({
      ids: ["base"],
      run: "cd .worktrees/kid && x",
      answer: { deleted: ["kid"] },
      ancestor: "base",
      refused: "Did you mean 'base'?",
      short: 40,
      best: "base",
    });

    const run = (command: string, ...args: string[]) =>
      execFileSync(join(installed, command), args, { cwd: installed, encoding: "utf8" });
    expect(run("node_modules/.bin/tree-autoresearch", "list", "--fields", "id")).toBe("id\nbase\n");
    expect(run("node_modules/tree-autoresearch/skill/Tree-AutoResearch", "ITERATION_TREE.yaml", "validate")).toBe(
      "Valid: 1 node\n",
    );
  });
});
