import { spawn } from "node:child_process";
import { existsSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { commitAll } from "../../src/git/commit-all.ts";
import { program, runProgram } from "../run-program.ts";
import { type TempRepository, tempRepository } from "../temp-repository.ts";

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

/** Starts a process that leads its group, and kills it as soon as one of the files in `folder` has such a name. */
async function killWhen(
  { folder, name }: { readonly folder: string; readonly name: RegExp },
  command: readonly string[],
  { cwd, group }: { readonly cwd: string; readonly group: boolean },
): Promise<void> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, detached: true, stdio: "ignore" });
  const pid = child.pid as number;
  const kill = (target: number) => {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // all of it has ended
    }
  };
  onTestFinished(() => kill(-pid));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  while (!readdirSync(folder).some((each) => name.test(each))) await sleep(5);
  kill(group ? -pid : pid);
  await ended;
}

const sync = [process.execPath, program, "sync", "--id", "a", "-m", "night"];
const copyLock = /^index\.tree-autoresearch-.*\.lock$/;

describe("a sync -m that is killed while git adds files", () => {
  it("is followed by one that works, when git was killed with it", async () => {
    const { repo, entry } = slow(30);
    await killWhen({ folder: entry, name: copyLock }, sync, { cwd: repo.root, group: true });
    repo.git("config", "filter.slow.clean", "cat");
    expect(call(repo, "doctor").stdout).toMatch(/dead-lock/);
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
    expect(repo.git("show", "--name-only", "--format=", "iter/a").split("\n")).toContain("big.csv");
    expect(repo.git("-C", ".worktrees/a", "status", "--porcelain")).toBe("");
    expect(call(repo, "doctor").code).toBe(0);
  });

  it("is followed by one that works while its git goes on", async () => {
    const { repo, entry } = slow(3);
    await killWhen({ folder: entry, name: copyLock }, sync, { cwd: repo.root, group: false });
    repo.git("config", "filter.slow.clean", "cat");
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
    expect(repo.git("-C", ".worktrees/a", "status", "--porcelain")).toBe("");
  });

  it("would stop the next one if git worked on the index itself (control)", async () => {
    const { repo, at, entry } = slow(30);
    await killWhen({ folder: entry, name: /^index\.lock$/ }, ["git", "add", "--all"], { cwd: at, group: true });
    repo.git("config", "filter.slow.clean", "cat");
    const { code, stderr } = call(repo, "sync", "--id", "a", "-m", "night");
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /index\.lock is there: another git is at work, or was killed\n(.*\n)*hint: .* delete that file/,
    );
    expect(existsSync(join(entry, "index.lock"))).toBe(true);
    utimesSync(join(entry, "index.lock"), 1, 1);
    expect(call(repo, "doctor").stdout).toMatch(/git's lock .*index\.lock is \d+ min old/);
  });

  it("leaves git's lock to the next one when it was about to replace the index", () => {
    const { repo, entry } = slow(0);
    symlinkSync("tree-autoresearch", join(entry, "index.lock"));
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(entry, "index.lock"))).toBe(false);
  });
});

describe("commitAll", () => {
  const options = { message: "all", purpose: "test" };

  it("takes in what another git stages meanwhile", async () => {
    const { repo, at } = slow(1);
    const committed = commitAll(at, options);
    await sleep(300);
    writeFileSync(join(at, "late.txt"), "x");
    repo.git("-C", at, "add", "late.txt");
    await committed;
    expect(repo.git("-C", at, "status", "--porcelain")).toBe("");
    expect(repo.git("show", "--name-only", "--format=", "iter/a").split("\n").toSorted()).toEqual([
      ".gitattributes",
      "big.csv",
      "late.txt",
    ]);
  });

  it("commits deletions and renames, and nothing when nothing changed", async () => {
    const { repo, at } = slow(0);
    await commitAll(at, options);
    repo.git("-C", at, "mv", "big.csv", "small.csv");
    await commitAll(at, options);
    const tip = repo.git("rev-parse", "iter/a");
    await commitAll(at, options);
    expect(repo.git("rev-parse", "iter/a")).toBe(tip);
    expect(repo.git("ls-tree", "--name-only", "iter/a").split("\n")).toContain("small.csv");
    expect(repo.git("ls-tree", "--name-only", "iter/a").split("\n")).not.toContain("big.csv");
  });

  it("lets two calls follow each other, and leaves no copies", async () => {
    const { repo, at, entry } = slow(0.3);
    await Promise.all([commitAll(at, options), commitAll(at, options)]);
    expect(repo.git("rev-list", "--count", "main..iter/a")).toBe("1");
    expect(readdirSync(entry).filter((name) => /tree-autoresearch|\.lock$/.test(name))).toEqual([]);
  });

  it("deletes copies that killed calls left, after a day", async () => {
    const { at, entry } = slow(0);
    for (const name of ["old", "new"]) writeFileSync(join(entry, `index.tree-autoresearch-${name}`), "");
    utimesSync(join(entry, "index.tree-autoresearch-old"), 1, 1);
    await commitAll(at, options);
    expect(readdirSync(entry).filter((name) => name.startsWith("index."))).toEqual(["index.tree-autoresearch-new"]);
  });
});
