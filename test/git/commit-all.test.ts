import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
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
  { cwd, group }: { readonly cwd: string; readonly group: boolean },
): Promise<void> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, detached: true, stdio: "ignore" });
  const pid = child.pid as number;
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

  it("leaves git's lock to the next one, or to doctor", () => {
    const { repo, entry } = slow(0);
    const lock = join(entry, "index.lock");
    symlinkSync("tree-autoresearch", lock);
    expect(call(repo, "sync", "--id", "a", "-m", "night")).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(entry)).not.toContain("index.lock");
    symlinkSync("tree-autoresearch", lock);
    expect(call(repo, "doctor")).toMatchObject({ code: 5, stdout: expect.stringMatching(/dead-lock.*index\.lock/) });
    expect(call(repo, "doctor", "--fix")).toMatchObject({ code: 0, stdout: expect.stringContaining("fixed") });
    expect(readdirSync(entry)).not.toContain("index.lock");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves nothing when it is %s, which it ends by", async (signal) => {
    const { repo, entry } = slow(30);
    const [file = "", ...args] = sync;
    const child = spawn(file, args, { cwd: repo.root, detached: true, stdio: "ignore" });
    onTestFinished(() => kill(-(child.pid as number)));
    const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
    while (!readdirSync(entry).some((each) => copyLock.test(each))) await sleep(5);
    process.kill(-(child.pid as number), signal);
    expect(await ended).toBe(signal);
    expect(readdirSync(entry)).not.toContain("index.lock");
  });
});

describe("commitAll", () => {
  const options = { message: "all", purpose: "test" };

  it("keeps other gits from the index meanwhile, as git does", async () => {
    const { repo, at, entry } = slow(2);
    const committed = commitAll(at, options);
    while (!readdirSync(entry).includes("index.lock")) await sleep(5);
    expect(() => repo.git("-C", at, "commit", "--quiet", "--allow-empty", "-m", "mine")).toThrow("index.lock");
    await committed;
    expect(repo.git("log", "--format=%s", "main..iter/a")).toBe("all");
    repo.git("-C", at, "commit", "--quiet", "--allow-empty", "-m", "mine");
  });

  it("sees a change of the same length within the second in which the index was written", async () => {
    const { repo, at } = slow(0);
    writeFileSync(join(at, "c.yaml"), "lr: 0.1\n");
    await commitAll(at, options);
    // The index has to be older than the copy by its time, and not older than the file.
    for (let round = 0; round < 3; round++) {
      await sleep(1000 - (Date.now() % 1000) + 50);
      writeFileSync(join(at, "c.yaml"), `lr: 0.${2 * round + 1}\n`);
      repo.git("-C", at, "add", "c.yaml");
      const file = openSync(join(at, "c.yaml"), "r+");
      writeSync(file, `lr: 0.${2 * round + 2}\n`);
      closeSync(file);
      await sleep(1000);
      await commitAll(at, options);
      expect(repo.git("show", "iter/a:c.yaml")).toBe(`lr: 0.${2 * round + 2}`);
    }
  });

  it("ends a merge, and a cherry-pick", async () => {
    const { repo, at } = slow(0);
    const git = (...args: readonly string[]) => repo.git("-C", at, ...args);
    await commitAll(at, options);
    git("branch", "side");
    writeFileSync(join(at, "mine.txt"), "mine");
    await commitAll(at, options);
    git("checkout", "--quiet", "side");
    writeFileSync(join(at, "other.txt"), "other");
    await commitAll(at, options);
    git("checkout", "--quiet", "iter/a");
    git("merge", "--quiet", "--no-commit", "--no-ff", "side");
    await commitAll(at, options);
    expect(git("rev-list", "--parents", "-1", "HEAD").split(" ")).toHaveLength(3);
    expect(git("status", "--porcelain")).toBe("");
    git("checkout", "--quiet", "-B", "side", "HEAD^1");
    git("cherry-pick", "--no-commit", "iter/a^2");
    await commitAll(at, options);
    expect(git("ls-files").split("\n")).toContain("other.txt");
    expect(git("status", "--porcelain")).toBe("");
  });

  it("stages what git add --all does, also where nothing but the index knows it", async () => {
    const { repo, at } = slow(0);
    const git = (...args: readonly string[]) => repo.git("-C", at, ...args);
    git("update-index", "--split-index");
    writeFileSync(join(at, "intent.txt"), "x");
    git("add", "--intent-to-add", "intent.txt");
    await commitAll(at, options);
    writeFileSync(join(at, "intent.txt"), "y");
    await commitAll(at, options);
    expect(git("show", "HEAD:intent.txt")).toBe("y");
    expect(git("status", "--porcelain")).toBe("");
    git("fsck", "--no-progress");
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
