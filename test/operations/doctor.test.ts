import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { addNode } from "../../src/operations/add-node.ts";
import { doctor, unlock } from "../../src/operations/doctor.ts";
import { openWorkspace } from "../../src/operations/open-workspace.ts";
import { pruneNode } from "../../src/operations/prune-node.ts";
import { removeWorktrees } from "../../src/operations/remove-worktrees.ts";
import { syncCommit } from "../../src/operations/sync-commit.ts";
import { updateNode } from "../../src/operations/update-node.ts";
import type { Workspace } from "../../src/operations/workspace.ts";
import { treeLockOf } from "../../src/store/tree-file.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { findNode } from "../../src/tree/find-node.ts";
import { repositoryAt, type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";
import { unfinishedName } from "../unfinished-name.ts";

const open = (cwd: string, dryRun = false) => openWorkspace({ cwd, create: true, dryRun });
const add = (workspace: Workspace, id: string, parent?: string) =>
  addNode(workspace, { id, parent, description: "x", command: "y", worktree: true });

/** A pid that no process has: beyond what the kernel gives out. */
const noPid = 2 ** 22 + 1;

async function grown(): Promise<TempRepository> {
  const repo = tempRepository();
  await add(open(repo.root), "a");
  await add(open(repo.root), "b", "a");
  return repo;
}

/** What doctor finds, mends, and finds after that; the tree file is untouched by looking. */
async function treat(repo: TempRepository) {
  const text = readFileSync(repo.treeFile, "utf8");
  const found = await doctor(open(repo.root), {});
  expect(readFileSync(repo.treeFile, "utf8")).toBe(text);
  const fixed = await doctor(open(repo.root), { fix: true });
  const after = await doctor(open(repo.root), {});
  const codes = (diagnosis: typeof found) => diagnosis.findings.map(({ code, node_id }) => [code, node_id]);
  return { found, fixed, after, codes: codes(found), left: codes(after) };
}

describe("doctor", () => {
  it("finds nothing in a healthy tree, nor in one whose worktree was removed on purpose", async () => {
    const repo = await grown();
    await removeWorktrees(open(repo.root), { id: "b" });
    expect(await doctor(open(repo.root), {})).toEqual({ nodes: 2, findings: [], notes: [] });
  });

  it("the lock of an add that was killed at its very end goes, by doctor and by the same add", async () => {
    const repo = await grown();
    const held = join(repo.root, ".git/tree-autoresearch/git.lock");
    const { start, host } = ownIdentity();
    const leave = () => {
      mkdirSync(held);
      writeFileSync(join(held, `${noPid}~${start}~${host}~x`), "{}");
    };
    leave();
    const { codes, left } = await treat(repo);
    expect([codes, left]).toEqual([[["dead-lock", null]], []]);
    leave();
    await add(open(repo.root), "b", "a");
    expect(existsSync(held)).toBe(false);
  });

  it("a worktree whose folder was removed by hand: created again on its branch, with its commits", async () => {
    const repo = await grown();
    const path = join(repo.root, ".worktrees/b");
    repo.write(".worktrees/b/work.txt", "of an hour\n");
    await syncCommit(open(repo.root), { id: "b", message: "work" });
    rmSync(path, { recursive: true });
    const { codes, fixed, left } = await treat(repo);
    expect(codes).toEqual([["missing-worktree", "b"]]);
    expect(fixed.findings[0]).toMatchObject({ fixed: true, fix: "create .worktrees/b on iter/b" });
    expect(left).toEqual([]);
    expect(readFileSync(join(path, "work.txt"), "utf8")).toBe("of an hour\n");
  });

  it("one of a pruned node is not created again, and no commit of it is lost", async () => {
    const repo = await grown();
    repo.git("-C", ".worktrees/b", "commit", "--quiet", "--allow-empty", "-m", "first");
    const lost = repo.git("-C", ".worktrees/b", "rev-parse", "HEAD");
    repo.git("-C", ".worktrees/b", "reset", "--quiet", "--hard", "HEAD~1");
    await pruneNode(open(repo.root), { id: "b", reason: "r" });
    rmSync(join(repo.root, ".worktrees/b"), { recursive: true });
    const { codes, left } = await treat(repo);
    expect([codes, left]).toEqual([[["missing-worktree", "b"]], []]);
    expect(repo.exists(".worktrees/b")).toBe(false);
    expect(repo.git("for-each-ref", "--format=%(objectname)", "refs/tree-autoresearch/b")).toContain(lost);
  });

  it("a worktree that was moved: by mv, by git, or with the whole repository", async () => {
    const repo = await grown();
    renameSync(join(repo.root, ".worktrees/a"), join(repo.root, ".worktrees/a2"));
    repo.git("worktree", "move", ".worktrees/b", "elsewhere");
    const { codes, left } = await treat(repo);
    expect(codes).toEqual([
      ["moved-worktree", "a"],
      ["moved-worktree", "b"],
    ]);
    expect(left).toEqual([]);
    const tree = await open(repo.root).load();
    expect(["a", "b"].map((id) => findNode(tree, id)?.worktree?.path)).toEqual([".worktrees/a2", "elsewhere"]);
    expect(repo.git("-C", ".worktrees/a2", "status", "--porcelain")).toBe("");

    const moved = join(tempFolder(), "moved");
    renameSync(repo.root, moved);
    const again = repositoryAt(moved);
    const second = await treat(again);
    expect(second.codes).toEqual([
      ["moved-worktree", "a"],
      ["moved-worktree", "b"],
    ]);
    expect(second.left).toEqual([]);
    expect(again.git("-C", "elsewhere", "status", "--porcelain")).toBe("");
  });

  it("a worktree that was moved out of the repository is only told", async () => {
    const repo = await grown();
    const outside = join(tempFolder(), "out");
    repo.git("worktree", "move", ".worktrees/b", outside);
    const { found, left } = await treat(repo);
    expect(found.findings).toMatchObject([
      {
        code: "moved-worktree",
        fix: null,
        message: expect.stringContaining(`git worktree move ${outside} .worktrees/b`),
      },
    ]);
    expect(left).toEqual([["moved-worktree", "b"]]);
  });

  it("a branch that is gone: made again at the recorded commit", async () => {
    const repo = await grown();
    repo.write(".worktrees/b/f", "1");
    const { commit } = await syncCommit(open(repo.root), { id: "b", message: "m" });
    await removeWorktrees(open(repo.root), { id: "b" });
    repo.git("branch", "--quiet", "-D", "iter/b");
    const { codes, left } = await treat(repo);
    expect([codes, left]).toEqual([[["branch-gone", "b"]], []]);
    expect(repo.git("rev-parse", "iter/b")).toBe(commit);
  });

  it("a commit that nothing leads to: pinned; one that is not there: told", async () => {
    const repo = await grown();
    repo.write(".worktrees/b/f", "1");
    const { commit } = await syncCommit(open(repo.root), { id: "b", message: "m" });
    await removeWorktrees(open(repo.root), { id: "b" });
    for (const ref of repo.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/b").split("\n"))
      repo.git("update-ref", "-d", ref);
    repo.git("update-ref", "-d", "refs/heads/iter/b");
    const { codes, left } = await treat(repo);
    expect(codes).toEqual([
      ["commit-unreachable", "b"],
      ["branch-gone", "b"],
    ]);
    expect(left).toEqual([]);
    expect(repo.git("rev-parse", `refs/tree-autoresearch/b/${commit.slice(0, 7)}`)).toBe(commit);
    writeFileSync(repo.treeFile, readFileSync(repo.treeFile, "utf8").replace(commit, "1".repeat(40)));
    expect((await doctor(open(repo.root), { fix: true })).findings).toMatchObject([
      { code: "commit-missing", node_id: "b", fix: null, fixed: false },
    ]);
  });

  it("unknown parents, cycles and children out of step, all in one edit; what was is noted", async () => {
    const repo = tempRepository();
    const nodes = [
      "{node_id: a, parent_id: bose}",
      "{node_id: b, parent_id: c}",
      "{node_id: c, parent_id: b}",
      "{node_id: d, parent_id: c, children: [a]}",
    ];
    repo.write("ITERATION_TREE.yaml", `nodes:\n${nodes.map((node) => `- ${node}   # mine\n`).join("")}`);
    const { codes, left } = await treat(repo);
    expect(codes).toEqual([
      ["unknown-parent", "a"],
      ["cycle", "b"],
      ...["b", "c", "d"].map((id) => ["children-out-of-step", id]),
    ]);
    expect(left).toEqual([]);
    const { nodes: mended } = await open(repo.root).load();
    expect(mended.map(({ parent_id, children, notes }) => [parent_id, children, notes])).toEqual([
      [null, [], ["doctor: parent_id was 'bose'"]],
      [null, ["c"], ["doctor: parent_id was 'c'"]],
      ["b", ["d"], undefined],
      ["c", [], undefined],
    ]);
    expect(readFileSync(repo.treeFile, "utf8").match(/# mine/g)).toHaveLength(4);
  });

  it("results of another commit stay listed until they are recorded anew", async () => {
    const repo = await grown();
    const results = { primary_metric: "m", primary_value: 1, direction: "maximize" } as const;
    await updateNode(open(repo.root), { id: "b", results });
    repo.write(".worktrees/b/f", "1");
    await syncCommit(open(repo.root), { id: "b", message: "m" });
    const { codes, left } = await treat(repo);
    expect([codes, left]).toEqual([[["results-of-another-commit", "b"]], [["results-of-another-commit", "b"]]]);
    await updateNode(open(repo.root), { id: "b", results });
    expect((await doctor(open(repo.root), {})).findings).toEqual([]);
  });

  it("running: only an attempt of ours whose process is gone is changed; what a person set is told with its age", async () => {
    const repo = tempRepository();
    const { host, start } = ownIdentity();
    const attempts = (process: string) => `attempts: [{started_at: x, process: "${process}"}]`;
    const nodes = [
      "{node_id: hand, updated_at: 2026-01-02T00:00:00Z}",
      `{node_id: dead, ${attempts(`${noPid}~1~${host}`)}}`,
      `{node_id: alive, ${attempts(`${process.pid}~${start}~${host}`)}}`,
      `{node_id: elsewhere, ${attempts("1~1~other,,boot,1")}}`,
    ];
    const text = nodes.map((node) => `- ${node.replace("{", "{status: running, ")}\n`).join("");
    repo.write("ITERATION_TREE.yaml", `nodes:\n${text}`);
    const now = () => new Date("2026-01-02T03:04:05Z");
    const { findings, notes } = await doctor(openWorkspace({ cwd: repo.root, now }), { fix: true });
    expect(findings).toMatchObject([{ code: "running-without-process", node_id: "dead", fixed: true }]);
    expect(notes).toMatchObject([{ node_id: "hand", message: expect.stringMatching(/^running for 3 h, set by hand/) }]);
    expect((await open(repo.root).load()).nodes.map(({ status }) => status)).toEqual([
      "running",
      "failed",
      "running",
      "running",
    ]);
    expect(findNode(await open(repo.root).load(), "dead")).toMatchObject({
      reason: "interrupted: its process is gone",
      attempts: [{ started_at: "x", ended_at: "2026-01-02T03:04:05Z", outcome: "interrupted" }],
    });
  });

  it("what a killed add left: finished", async () => {
    const repo = await grown();
    repo.git("worktree", "remove", "--force", ".worktrees/b");
    repo.git("branch", "--quiet", "-D", "iter/b");
    const neverBegun = await treat(repo);
    expect([neverBegun.codes, neverBegun.left]).toEqual([[["unfinished-add", "b"]], []]);
    repo.git("worktree", "remove", "--force", ".worktrees/b");
    repo.git("worktree", "add", "--quiet", `.worktrees/.unfinished/${unfinishedName("b")}`, "iter/b");
    writeFileSync(join(repo.root, `.git/worktrees/${unfinishedName("b")}/commondir`), "");
    const cutOff = await treat(repo);
    expect([cutOff.codes, cutOff.left]).toEqual([[["unfinished-add", "b"]], []]);
    expect(repo.git("-C", ".worktrees/b", "status", "--porcelain")).toBe("");
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a", "b"]);
  });

  it("what a killed add left of a node that has its worktree, or is gone: removed", async () => {
    const repo = await grown();
    for (const name of [unfinishedName("b"), unfinishedName("gone")])
      repo.git("worktree", "add", "--quiet", "--detach", `.worktrees/.unfinished/${name}`);
    const { codes, left } = await treat(repo);
    const expected = [
      ["leftover-file", null],
      ["leftover-file", null],
    ];
    expect([codes, left]).toEqual([expected, []]);
    expect(readdirSync(join(repo.root, ".worktrees"))).toEqual(["a", "b"]);
    expect(repo.git("worktree", "list").split("\n")).toHaveLength(3);
  });

  it("locks, claims and half-written files of dead processes", async () => {
    const repo = await grown();
    const lock = treeLockOf(open(repo.root).file);
    const owner = `${noPid}~1~${ownIdentity().host}~abc`;
    for (const folder of [lock, `${lock}.${owner}`, join(repo.root, ".git/tree-autoresearch/git.lock")]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, owner), JSON.stringify({ purpose: "update --id a", since: Date.now() }));
    }
    writeFileSync(join(repo.root, `.ITERATION_TREE.yaml.${noPid}.abcdefgh.tmp`), "half");
    const { found, codes, left } = await treat(repo);
    expect(codes).toEqual([...Array.from({ length: 3 }, () => ["dead-lock", null]), ["leftover-file", null]]);
    expect(found.findings[0]?.message).toMatch(
      new RegExp(`^process ${noPid} on .* \\(update --id a\\) for \\d+ s is gone`),
    );
    expect(left).toEqual([]);
    expect(existsSync(lock)).toBe(false);
  });

  it("a lock that is held elsewhere is told, and only unlocked by its id", async () => {
    const repo = await grown();
    const lock = treeLockOf(open(repo.root).file);
    mkdirSync(lock);
    writeFileSync(join(lock, "7~1~node9,m,b,1~abc"), JSON.stringify({ purpose: "update", since: Date.now() }));
    const { findings } = await doctor(open(repo.root), {});
    expect(findings).toMatchObject([
      { code: "lock-elsewhere", fix: null, message: expect.stringContaining("process 7 on node9 (update)") },
    ]);
    expect(findings[0]?.message).toContain("doctor --unlock abc");
    await expect(unlock(open(repo.root), "abd")).rejects.toMatchObject({ exitCode: 3 });
    expect(existsSync(lock)).toBe(true);
    await unlock(open(repo.root, true), "abc");
    expect(existsSync(lock)).toBe(true);
    expect(await unlock(open(repo.root), "abc")).toContain("process 7 on node9");
    expect(existsSync(lock)).toBe(false);
  });

  it("takes no lock from a process that is alive here", async () => {
    const repo = await grown();
    const lock = treeLockOf(open(repo.root).file);
    const { pid, start, host } = ownIdentity();
    mkdirSync(lock);
    writeFileSync(join(lock, `${pid}~${start}~${host}~abc`), "{}");
    await expect(unlock(open(repo.root), "abc")).rejects.toMatchObject({
      exitCode: 4,
      hint: expect.stringContaining(`kill ${pid}`),
    });
    expect((await doctor(open(repo.root), {})).findings).toEqual([]);
  });

  it("a commit that is none, or an option to git, is told, and git never sees it", async () => {
    const repo = await grown();
    const victim = join(tempFolder(), "victim");
    writeFileSync(victim, "precious");
    const commits = [`--output=${victim}`, "--stdin", "--count", "^HEAD", "HEAD~0\\n--all"];
    const node = (commit: string, i: number) =>
      `- {node_id: n${i}, worktree: {path: .worktrees/n${i}, branch: iter/n${i}, commit: "${commit}"}}\n`;
    repo.write("ITERATION_TREE.yaml", `nodes:\n${commits.map(node).join("")}`);
    const { codes } = await treat(repo);
    expect(codes).toEqual(commits.map((_, i) => ["commit-missing", `n${i}`]));
    expect(readFileSync(victim, "utf8")).toBe("precious");
  });

  it("a copy of a repository is mended as one of its own, and the original is left alone", async () => {
    const repo = await grown();
    const copy = join(tempFolder(), "copy");
    cpSync(repo.root, copy, { recursive: true });
    const { codes, left } = await treat(repositoryAt(copy));
    expect(codes).toEqual([
      ["moved-worktree", "a"],
      ["moved-worktree", "b"],
    ]);
    expect(left).toEqual([]);
    repositoryAt(copy).git("-C", ".worktrees/a", "commit", "--quiet", "--allow-empty", "-m", "in the copy");
    expect((await doctor(open(repo.root), {})).findings).toEqual([]);
    expect(repo.git("log", "--format=%s", "iter/a")).toBe("baseline");
  });

  it("what was staged in a worktree whose folder is gone is pinned before git's entry goes", async () => {
    const repo = await grown();
    repo.write(".worktrees/b/new.txt", "staged, not committed\n");
    repo.git("-C", ".worktrees/b", "add", "new.txt");
    renameSync(join(repo.root, ".worktrees/b"), join(tempFolder(), "far"));
    const { codes, left } = await treat(repo);
    expect([codes, left]).toEqual([[["missing-worktree", "b"]], []]);
    const pins = repo.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/b").split("\n");
    const texts = pins.map((ref) => repo.git("ls-tree", "-r", "--name-only", ref));
    expect(texts.join("\n")).toContain("new.txt");
  });

  it("a worktree that another add is at work on is no finding", async () => {
    const repo = await grown();
    repo.git("worktree", "remove", "--force", ".worktrees/b");
    repo.git("branch", "--quiet", "-D", "iter/b");
    const { pid, start, host } = ownIdentity();
    const lock = join(repo.root, ".git/tree-autoresearch/git.lock");
    mkdirSync(lock, { recursive: true });
    writeFileSync(join(lock, `${pid}~${start}~${host}~abc`), "{}");
    expect((await doctor(open(repo.root), {})).findings).toEqual([]);
    rmSync(lock, { recursive: true });
    expect((await doctor(open(repo.root), {})).findings).toMatchObject([{ code: "unfinished-add", node_id: "b" }]);
  });

  it("no two nodes get one worktree, and what belongs to no node is told", async () => {
    const repo = await grown();
    await removeWorktrees(open(repo.root), { id: "b" });
    await add(open(repo.root), "c", "a");
    repo.git("-C", ".worktrees/c", "checkout", "--quiet", "iter/b");
    repo.git("worktree", "add", "--quiet", "-b", "mine", ".worktrees/mine");
    const { findings, notes } = await doctor(open(repo.root), { fix: true });
    expect(findings).toEqual([]);
    expect(notes).toEqual([
      {
        node_id: null,
        message: expect.stringMatching(
          /^\.worktrees\/mine \(mine\) belongs to no node; undo brings .*: git -C \.worktrees\/mine status --ignored$/,
        ),
      },
    ]);
  });

  it("judges a run anew when it has the lock: one that was recorded meanwhile stays", async () => {
    const repo = tempRepository();
    const run = `{started_at: x, process: "${noPid}~1~${ownIdentity().host}"}`;
    repo.write("ITERATION_TREE.yaml", `nodes:\n- {node_id: a, status: running, attempts: [${run}]}\n`);
    const workspace = open(repo.root);
    const edit = workspace.edit;
    const results = { primary_metric: "m", primary_value: 1, direction: "maximize" } as const;
    const meddling = {
      ...workspace,
      async edit(...args: Parameters<typeof edit>) {
        await updateNode(open(repo.root), { id: "a", results });
        return edit(...args);
      },
    };
    await doctor(meddling, { fix: true });
    expect(findNode(await open(repo.root).load(), "a")).toMatchObject({ status: "completed", results });
  });

  it("a fault in the file that cannot be mended does not keep the others from it", async () => {
    const repo = await grown();
    rmSync(join(repo.root, ".worktrees/b"), { recursive: true });
    const text = readFileSync(repo.treeFile, "utf8");
    repo.write("ITERATION_TREE.yaml", `${text}  - &x {node_id: c, parent_id: nobody}\nkept: *x\n`);
    const { findings } = await doctor(open(repo.root), { fix: true });
    expect(findings.map(({ code, fixed }) => [code, fixed])).toEqual([
      ["unknown-parent", false],
      ["missing-worktree", true],
    ]);
    expect(findings[0]?.error).toContain("is repeated by '*x'");
  });

  it("names that git must not be given are told, and touch nothing", async () => {
    const repo = tempRepository();
    const worktree = "worktree: {path: ../out, branch: iter/a, commit: null}";
    const nodes = [
      `{node_id: a, ${worktree}}`,
      `{node_id: b, ${worktree.replace("../out", "w").replace("iter/a", "-x")}}`,
    ];
    repo.write("ITERATION_TREE.yaml", `nodes: [${nodes.join(", ")}]\n`);
    const { codes, left } = await treat(repo);
    expect(codes).toEqual([
      ["unsafe-worktree", "a"],
      ["unsafe-worktree", "b"],
    ]);
    expect(left).toEqual(codes);
    expect(existsSync(join(dirname(repo.root), "out"))).toBe(false);
  });

  it("plans in a dry run, and one fault that cannot be mended does not keep the others from it", async () => {
    const repo = await grown();
    rmSync(join(repo.root, ".worktrees/a"), { recursive: true });
    const workspace = open(repo.root, true);
    await doctor(workspace, { fix: true });
    expect(workspace.plan.steps).toEqual(["a: create .worktrees/a on iter/a"]);
    expect(repo.exists(".worktrees/a")).toBe(false);
    rmSync(join(repo.root, ".worktrees/b"), { recursive: true });
    repo.write(".worktrees/a", "a file in the way");
    const { findings } = await doctor(open(repo.root), { fix: true });
    expect(findings.map(({ node_id, fixed }) => [node_id, fixed])).toEqual([
      ["a", false],
      ["b", true],
    ]);
    appendFileSync(join(repo.root, ".worktrees/a"), "");
    expect(repo.read(".worktrees/a")).toBe("a file in the way");
  });
});
