import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { projectRoot, runCommand } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";

const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write("NOT TESTED: what belongs to other users (only root can make such files)\n");

const [someone, another, group] = [3001, 3002, 3003];

/** Where another user may read it: the project itself may lie in a folder that is closed to others. */
const readable = mkdtempSync(join(tmpdir(), "tree-program-"));
afterAll(() => rmSync(readable, { recursive: true, force: true }));
beforeAll(() => {
  chmodSync(readable, 0o755);
  for (const part of ["bin", "dist", "package.json"])
    cpSync(join(projectRoot, part), join(readable, part), { recursive: true });
});
const program = join(readable, "bin/tree-autoresearch.js");

/** The program as `another`, who is in `group`. */
function runAs(cwd: string, ...args: readonly string[]) {
  const become = `process.setgroups([${group}]); process.setgid(${another}); process.setuid(${another});`;
  const script = `${become} process.argv.splice(1, 0, ${JSON.stringify(program)}); await import(${JSON.stringify(program)});`;
  return runCommand(process.execPath, ["--input-type=module", "-e", script, "--", ...args], { cwd });
}

/** A tree of one node in a folder that all of them may write to. */
function shared() {
  const folder = tempFolder();
  const file = join(folder, "ITERATION_TREE.yaml");
  writeFileSync(file, "nodes:\n  - node_id: a\n");
  chmodSync(file, 0o664);
  chownSync(file, someone, group);
  for (const each of [folder, join(folder, ".tree-autoresearch/ITERATION_TREE.yaml")]) {
    mkdirSync(each, { recursive: true });
    chownSync(each, another, another);
  }
  return { folder, file, state: join(folder, ".tree-autoresearch/ITERATION_TREE.yaml") };
}

describe.skipIf(!isRoot)("what belongs to other users", () => {
  it("stays with their group when one of it writes the file", () => {
    const { folder, file } = shared();
    expect(runAs(folder, "update", "--id", "a", "--status", "running")).toMatchObject({ code: 0, stderr: "" });
    expect(statSync(file)).toMatchObject({ uid: another, gid: group });
    expect(statSync(file).mode & 0o777).toBe(0o664);
  });

  it("is no obstacle when it is a worktree that this user may not look into, or may not delete", () => {
    const repo = tempRepository();
    const closed = join(tempFolder(), "closed");
    mkdirSync(closed);
    repo.git("worktree", "add", "--quiet", "--detach", join(closed, "theirs"));
    chmodSync(closed, 0o700);
    repo.git("config", "user.name", "T");
    execFileSync("chown", ["-R", `${another}:${another}`, repo.root]);
    const add = (id: string) => runAs(repo.root, "add", "--worktree", "--id", id, "--desc", "x", "--cmd", "y");
    expect(add("a")).toMatchObject({ code: 0, stderr: "" });
    expect(runAs(repo.root, "doctor")).toMatchObject({ code: 0, stderr: "" });
    // A finished run is often protected so.
    mkdirSync(join(repo.root, ".worktrees/a/closed"));
    chmodSync(join(repo.root, ".worktrees/a"), 0o555);
    expect(runAs(repo.root, "worktree", "--remove", "--id", "a")).toMatchObject({ code: 0, stderr: "" });
    expect(runAs(repo.root, "worktree", "--create", "--id", "a")).toMatchObject({ code: 0, stderr: "" });
    // What a container wrote as root is not this user's to delete.
    mkdirSync(join(repo.root, ".worktrees/a/theirs"));
    writeFileSync(join(repo.root, ".worktrees/a/theirs/model.ckpt"), "weights");
    const removed = runAs(repo.root, "worktree", "--remove", "--id", "a", "--force");
    expect(removed).toMatchObject({ code: 0, stderr: expect.stringContaining("could not be deleted wholly") });
    expect(add("b")).toMatchObject({ code: 0, stderr: "" });
    expect(runAs(repo.root, "doctor")).toMatchObject({ code: 5, stdout: expect.stringContaining(".a.gone-") });
    expect(runAs(repo.root, "worktree", "--create", "--id", "a")).toMatchObject({ code: 0, stderr: "" });
    for (const name of readdirSync(join(repo.root, ".worktrees")))
      if (name.startsWith(".a.gone-")) rmSync(join(repo.root, ".worktrees", name, "theirs"), { recursive: true });
    expect(runAs(repo.root, "doctor", "--fix")).toMatchObject({ code: 0 });
    expect(runAs(repo.root, "doctor")).toMatchObject({ code: 0 });
    // Into this one nobody of us may look, and it stops nobody.
    mkdirSync(join(repo.root, ".worktrees/.q.leaving"), { mode: 0o700 });
    expect(add("c")).toMatchObject({ code: 0, stderr: "" });
    expect(runAs(repo.root, "doctor")).toMatchObject({ code: 5, stdout: expect.stringContaining(".q.leaving") });
    rmSync(join(repo.root, ".worktrees/.q.leaving"), { recursive: true });
    // Beside a folder that is closed to this user, a worktree that is gone is made again.
    const theirs = join(repo.root, ".worktrees/theirs");
    mkdirSync(theirs, { mode: 0o700 });
    rmSync(join(repo.root, ".worktrees/b"), { recursive: true });
    expect(runAs(repo.root, "doctor")).toMatchObject({ code: 5, stdout: expect.stringContaining("missing-worktree") });
    expect(runAs(repo.root, "worktree", "--id", "b", "--create")).toMatchObject({ code: 0 });
  });

  it("is told when it is a lock into which this user may not look", () => {
    const folder = tempFolder();
    chmodSync(folder, 0o777);
    const lock = join(folder, "a.lock");
    mkdirSync(lock, { mode: 0o700 });
    writeFileSync(join(lock, "1~1~host~x"), "{}");
    const module = JSON.stringify(join(readable, "dist/system/lock.js"));
    const script = `process.setgid(${another}); process.setuid(${another});
      const { withLock } = await import(${module});
      await withLock(${JSON.stringify(lock)}, { purpose: "x", patience: 50 }, () => 0).catch((e) => console.log(e.message, e.hint));`;
    const { stdout } = runCommand(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
    expect(stdout).toMatch(/a\.lock is the lock of another user, and may not be read Wait for it\. When /);
  });

  it("is no obstacle when it is a claim of a dead process; a dead lock is told, with what to do", () => {
    const { folder, state } = shared();
    const dead = `${2 ** 22 + 1}~1~${ownIdentity().host}~${Date.now().toString(36)}aaaaaa`;
    const put = (place: string) => {
      mkdirSync(place);
      writeFileSync(join(place, dead), "{}");
    };
    put(join(state, `tree.lock.${dead}`));
    expect(runAs(folder, "update", "--id", "a", "--status", "running")).toMatchObject({ code: 0, stderr: "" });
    put(join(state, "tree.lock"));
    const { code, stderr } = runAs(folder, "update", "--id", "a", "--status", "failed");
    expect(code).toBe(4);
    expect(stderr).toContain("which is gone, may not be removed by this user");
    expect(stderr).toContain(`hint: Remove it as its owner, beside or in: ${join(state, "tree.lock")}`);
  });
});
