import { spawn } from "node:child_process";
import { readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { commitAll } from "../../src/git/commits.ts";
import { gitIn } from "../../src/git/git.ts";
import { program, runProgram } from "../run-program.ts";
import { repositoryAt, type TempRepository, tempRepository } from "../temp-repository.ts";

const call = (repo: TempRepository, ...args: readonly string[]) => runProgram(args, { cwd: repo.root });

/** A worktree in which git takes `seconds` to add a file, as it does for a large one. */
function slow(seconds: number) {
  const repo = tempRepository();
  call(repo, "add", "--id", "a", "--desc", "x", "--cmd", "y", "--worktree");
  repo.git("config", "filter.slow.clean", `sleep ${seconds}; cat`);
  const at = join(repo.root, ".worktrees/a");
  writeFileSync(join(at, ".gitattributes"), "*.csv filter=slow\n");
  writeFileSync(join(at, "big.csv"), "1,2\n");
  const [entry] = readdirSync(join(repo.root, ".git/worktrees"));
  return { repo, at, entry: join(repo.root, ".git/worktrees", entry as string) };
}

function kill(target: number): void {
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // all of it has ended
  }
}

/** Starts a process that leads its group, and kills it as soon as one of the files in `folder` has such a name. */
async function killWhen(
  { folder, name }: { readonly folder: string; readonly name: RegExp },
  command: readonly string[],
  { cwd }: { readonly cwd: string },
): Promise<void> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, detached: true, stdio: "ignore" });
  const pid = child.pid as number;
  onTestFinished(() => kill(-pid));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!readdirSync(folder).some((each) => name.test(each))) await sleep(5);
  kill(-pid);
  await ended;
}

const sync = [process.execPath, program, "sync", "--id", "a", "-m", "night"];
const commit = (at: string) => commitAll(gitIn(at), "all");

describe("a git that is killed while it adds files", () => {
  it("leaves a lock that git and doctor name, and that we do not touch", async () => {
    const { repo, entry } = slow(30);
    const lock = join(entry, "index.lock");
    await killWhen({ folder: entry, name: /^index\.lock$/ }, sync, { cwd: repo.root });
    repo.git("config", "filter.slow.clean", "cat");
    const { code, stderr } = call(repo, "sync", "--id", "a", "-m", "night");
    expect(code).toBe(6);
    expect(stderr).toMatch(/index\.lock': File exists(.|\n)*\nhint: Another git may be at work, .* delete that file\./);
    expect(call(repo, "doctor").stdout).not.toContain("index.lock");
    utimesSync(lock, 1, 1);
    const told = call(repo, "doctor", "--fix");
    expect(told).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/git's lock .*index\.lock is \d+ min old; if no/),
    });
    rmSync(lock);
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
    expect(repo.git("show", "--name-only", "--format=", "iter/a").split("\n")).toContain("big.csv");
  });
});

describe("commitAll", () => {
  it("commits deletions and renames, and nothing when nothing changed", async () => {
    const { repo, at } = slow(0);
    await commit(at);
    repo.git("-C", at, "mv", "big.csv", "small.csv");
    await commit(at);
    const tip = repo.git("rev-parse", "iter/a");
    await commit(at);
    expect(repo.git("rev-parse", "iter/a")).toBe(tip);
    expect(repo.git("ls-tree", "--name-only", "iter/a").split("\n")).toContain("small.csv");
    expect(repo.git("ls-tree", "--name-only", "iter/a").split("\n")).not.toContain("big.csv");
  });

  it("ends a merge, and a cherry-pick", async () => {
    const { repo, at } = slow(0);
    const git = (...args: readonly string[]) => repo.git("-C", at, ...args);
    await commit(at);
    git("branch", "side");
    writeFileSync(join(at, "mine.txt"), "mine");
    await commit(at);
    git("checkout", "--quiet", "side");
    writeFileSync(join(at, "other.txt"), "other");
    await commit(at);
    git("checkout", "--quiet", "iter/a");
    git("merge", "--quiet", "--no-commit", "--no-ff", "side");
    await commit(at);
    expect(git("rev-list", "--parents", "-1", "HEAD").split(" ")).toHaveLength(3);
    expect(git("status", "--porcelain")).toBe("");
    git("checkout", "--quiet", "-B", "side", "HEAD^1");
    git("cherry-pick", "--no-commit", "iter/a^2");
    await commit(at);
    expect(git("ls-files").split("\n")).toContain("other.txt");
    expect(git("status", "--porcelain")).toBe("");
  });

  it("stages what git add --all does, also where nothing but the index knows it", async () => {
    const { repo, at } = slow(0);
    const git = (...args: readonly string[]) => repo.git("-C", at, ...args);
    git("update-index", "--split-index");
    writeFileSync(join(at, "intent.txt"), "x");
    git("add", "--intent-to-add", "intent.txt");
    await commit(at);
    writeFileSync(join(at, "intent.txt"), "y");
    await commit(at);
    expect(git("show", "HEAD:intent.txt")).toBe("y");
    expect(git("status", "--porcelain")).toBe("");
    git("fsck", "--no-progress");
  });

  it("commits a repository within, also where git is told to ignore its changes", async () => {
    const { repo, at } = slow(0);
    const [inner, git] = [tempRepository(), (...args: readonly string[]) => repo.git("-C", at, ...args)];
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.root, "sub");
    git("config", "--file", ".gitmodules", "submodule.sub.ignore", "all");
    await commit(at);
    repositoryAt(join(at, "sub")).git(
      "-c",
      "user.name=T",
      "-c",
      "user.email=t@x",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "more",
    );
    await commit(at);
    expect(git("rev-parse", "HEAD:sub")).toBe(git("-C", "sub", "rev-parse", "HEAD"));
  });
});
