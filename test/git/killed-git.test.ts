import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { findRepository } from "../../src/git/find-repository.ts";
import { judgeLock, noteWork } from "../../src/git/killed-git.ts";
import { ownerName } from "../../src/system/lock-holders.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { program, runProgram } from "../run-program.ts";
import { type TempRepository, tempRepository } from "../temp-repository.ts";

const call = (repo: TempRepository, ...args: readonly string[]) => runProgram(args, { cwd: repo.root });

/** A worktree in which git takes `seconds` to add a file, as it does for a large one. */
function slow(seconds: number) {
  const repo = tempRepository();
  call(repo, "add", "--id", "a", "--desc", "x", "--cmd", "y", "--worktree");
  repo.git("config", "filter.slow.clean", `sleep ${seconds}; cat`);
  writeFileSync(join(repo.root, ".worktrees/a/.gitattributes"), "*.csv filter=slow\n");
  writeFileSync(join(repo.root, ".worktrees/a/big.csv"), "1,2\n");
  const [entry] = readdirSync(join(repo.root, ".git/worktrees"));
  return { repo, lock: join(repo.root, ".git/worktrees", entry as string, "index.lock") };
}

/** Kills a `sync -m`, with its git or alone, while that git adds files. */
async function killSync(repo: TempRepository, lock: string, withGit: boolean): Promise<void> {
  const sync = spawn(process.execPath, [program, "sync", "--id", "a", "-m", "night"], {
    cwd: repo.root,
    detached: true,
    stdio: "ignore",
  });
  const pid = sync.pid as number;
  onTestFinished(() => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // all of it has ended
    }
  });
  const ended = new Promise((resolve) => sync.once("exit", resolve));
  while (!existsSync(lock)) await sleep(5);
  process.kill(withGit ? -pid : pid, "SIGKILL");
  await ended;
  expect(existsSync(lock)).toBe(true);
}

const notes = (repo: TempRepository) => join(repo.root, ".git/tree-autoresearch/at-work");

describe("a sync that is killed while git adds files", () => {
  it("is followed by one that works, when git was killed with it", async () => {
    const { repo, lock } = slow(30);
    await killSync(repo, lock, true);
    repo.git("config", "filter.slow.clean", "cat");
    const { code, stderr } = call(repo, "sync", "--id", "a", "-m", "night");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(repo.git("show", "--name-only", "--format=", "iter/a").split("\n")).toContain("big.csv");
    expect(existsSync(lock)).toBe(false);
  });

  it("is waited for by the next one, when its git goes on", async () => {
    const { repo, lock } = slow(1);
    await killSync(repo, lock, false);
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
  });

  it("stands in the way of the next one for ever when nobody took a note (control)", async () => {
    const { repo, lock } = slow(30);
    await killSync(repo, lock, true);
    repo.git("config", "filter.slow.clean", "cat");
    rmSync(notes(repo), { recursive: true });
    const { code, stderr } = call(repo, "sync", "--id", "a", "-m", "night");
    expect(code).toBe(6);
    expect(stderr).toMatch(/index\.lock.*\n(.*\n)*hint: Another git may be at work\. See: tree-autoresearch doctor/);
    expect(existsSync(lock)).toBe(true);
  });

  it("is a finding of doctor's, which clears it away", async () => {
    const { repo, lock } = slow(30);
    await killSync(repo, lock, true);
    expect(call(repo, "doctor")).toMatchObject({ code: 5, stdout: expect.stringMatching(/dead-lock.*index\.lock/) });
    expect(existsSync(lock)).toBe(true);
    expect(call(repo, "doctor", "--fix").stdout).toMatch(/dead-lock.*index\.lock/);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("judgeLock", () => {
  function locked() {
    const repo = tempRepository();
    const repository = findRepository(repo.root);
    if (!repository) throw new Error("no repository");
    const lock = join(repo.root, ".git/refs/heads/iter/x.lock");
    mkdirSync(join(lock, ".."), { recursive: true });
    const note = (name: string) => {
      mkdirSync(notes(repo), { recursive: true });
      writeFileSync(join(notes(repo), name), "");
    };
    const own = ownIdentity();
    return { repo, repository, lock, note, own, dead: ownerName({ ...own, pid: 2 ** 22 + 1 }, "t1") };
  }

  it("takes a lock for left that is younger than the note of somebody dead", () => {
    const { repository, lock, note, dead } = locked();
    note(dead);
    writeFileSync(lock, "");
    expect(judgeLock(repository, lock)).toBe("left");
  });

  it("does not judge one that is older, that nobody noted, or that lies elsewhere", () => {
    const { repo, repository, lock, note, dead } = locked();
    writeFileSync(lock, "");
    expect(judgeLock(repository, lock)).toBe("unknown");
    note(dead);
    utimesSync(lock, 1, 1);
    expect(judgeLock(repository, lock)).toBe("unknown");
    writeFileSync(join(repo.root, "x.lock"), "");
    expect(judgeLock(repository, join(repo.root, "x.lock"))).toBe("unknown");
    writeFileSync(join(repo.root, ".git/x"), "");
    expect(judgeLock(repository, join(repo.root, ".git/x"))).toBe("unknown");
  });

  it("takes it for busy while somebody else who may have it is alive, or elsewhere", () => {
    const { repository, lock, note, own, dead } = locked();
    note(dead);
    const end = noteWork(repository);
    writeFileSync(lock, "");
    expect(judgeLock(repository, lock)).toBe("busy");
    end();
    expect(judgeLock(repository, lock)).toBe("left");
    note(ownerName({ ...own, host: "other,machine,boot,1" }, "t2"));
    writeFileSync(lock, "again");
    expect(judgeLock(repository, lock)).toBe("busy");
  });

  it("takes it for busy while a git runs in the repository", async () => {
    const { repo, repository, lock, note, dead } = locked();
    note(dead);
    writeFileSync(lock, "");
    const git = spawn("git", ["cat-file", "--batch"], { cwd: repo.root, stdio: ["pipe", "ignore", "ignore"] });
    const ended = new Promise((resolve) => git.once("exit", resolve));
    await new Promise((resolve) => git.once("spawn", resolve));
    while (judgeLock(repository, lock) !== "busy") await sleep(5);
    git.kill("SIGKILL");
    await ended;
    expect(judgeLock(repository, lock)).toBe("left");
  });

  it("forgets notes of the dead after a day", () => {
    const { repo, repository, note, dead, own } = locked();
    const late = ownerName({ ...own, pid: 2 ** 22 + 1 }, "t3");
    note(dead);
    note(late);
    utimesSync(join(notes(repo), dead), 1, 1);
    noteWork(repository)();
    expect(readdirSync(notes(repo))).toEqual([late]);
  });
});
