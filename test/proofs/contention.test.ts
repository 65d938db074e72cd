import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readTree } from "../../src/store/read-tree.ts";
import { program, runCommand, runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";
import { call } from "./call.ts";
import { campaign, isLong, patience, report, size } from "./proof.ts";
import { buildVariant, without } from "./variant.ts";

const adds = 16;
const files = 300;
const ids = Array.from({ length: adds }, (_, i) => `n${i}`);

function repositoryWithFiles(): TempRepository {
  const repository = tempRepository();
  for (let i = 0; i < files; i++) repository.write(`data/${i % 20}/${i}.txt`, `line of file ${i}\n`.repeat(20));
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "-m", "data");
  return repository;
}

/** Adds all at once. Returns what those that failed said. */
async function addAll(
  executable: string,
  { root }: TempRepository,
  { path }: { readonly path?: string } = {},
): Promise<readonly string[]> {
  const calls = ids.map((id) =>
    call(executable, ["add", "--id", id, "--desc", id, "--cmd", "true", "--worktree"], root, { path }),
  );
  const done = await Promise.all(calls);
  return done.filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
}

/** A PATH with a git whose `worktree add` does this in the shell first. */
function pathOfGit(first: string): string {
  const folder = tempFolder();
  const git = runCommand("sh", ["-c", "command -v git"], { cwd: folder }).stdout.trim();
  const script = `#!/bin/sh\ncase " $* " in *" worktree add "*) ${first};; esac\nexec '${git}' "$@"\n`;
  writeFileSync(join(folder, "git"), script, { mode: 0o755 });
  return `${folder}:${process.env["PATH"]}`;
}

/** Waits until all have come so far, however far apart the programs started. */
function barrier(): string {
  const arrived = tempFolder();
  return `touch '${arrived}'/$$; for i in $(seq 3000); do [ $(ls '${arrived}' | wc -l) -ge ${adds} ] && break; sleep 0.02; done`;
}

/** git's own `worktree add` has its entry half made like this, for so short a time that luck alone finds it: here it lasts. */
const begun = ".git/worktrees/begun-$$";
const slowEntry = `mkdir -p ${begun}; echo /elsewhere/.git > ${begun}/gitdir; : > ${begun}/commondir; sleep 0.2; rm -r ${begun}`;

const reasons = /commondir|could not lock|cannot lock|could not write new index|not a git repository|no such file/i;

const unserialised = () => buildVariant("no-git-lock", { substitutes: { ...without.gitLock, ...without.gitRetry } });

/** Everything that 16 successful adds must have left, and nothing that they must not. */
function expectComplete(repository: TempRepository): void {
  const { root, treeFile, git } = repository;
  const paths = git("worktree", "list", "--porcelain").match(/^worktree .*$/gm);
  expect(paths?.slice().sort()).toEqual(
    [root, ...ids.map((id) => join(root, ".worktrees", id))].map((path) => `worktree ${path}`).sort(),
  );
  const head = git("rev-parse", "HEAD");
  for (const id of ids) {
    const worktree = join(root, ".worktrees", id);
    expect(git("-C", worktree, "status", "--porcelain", "--ignored", "--branch")).toBe(`## iter/${id}`);
    expect(git("-C", worktree, "rev-parse", "HEAD")).toBe(head);
    expect(
      readdirSync(join(worktree, "data"), { recursive: true }).filter((name) => `${name}`.endsWith(".txt")),
    ).toHaveLength(files);
  }
  expect(git("for-each-ref", "--format=%(refname:short)", "refs/heads/iter").split("\n").sort()).toEqual(
    ids.map((id) => `iter/${id}`).sort(),
  );
  const { tree } = readTree(readFileSync(treeFile, "utf8"), "ITERATION_TREE.yaml");
  const recorded = tree.nodes.map(({ node_id, worktree }) => [node_id, worktree?.path, worktree?.branch]);
  expect(recorded.sort()).toEqual(ids.map((id) => [id, `.worktrees/${id}`, `iter/${id}`]).sort());
  expect(git("status", "--porcelain")).toBe("");
  expect(leftovers(repository)).toEqual([]);
}

/** Locks and temporary files, git's and ours. */
function leftovers({ root }: TempRepository): readonly string[] {
  const all = [".", ".git", ".git/worktrees", ".git/tree-autoresearch"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder !== "." && folder !== ".git" }).map(
      (name) => `${folder}/${name}`,
    ),
  );
  return all.filter((name) => /\.lock(\.|$|\/)|\/locked$|\.tmp$|\.new$/.test(name));
}

describe("16 `add --worktree` at once", () => {
  it(
    "all succeed, and leave 16 whole worktrees",
    async () => {
      const rounds = size({ ci: 3, long: 50 });
      const sums = await campaign("contention", { rounds, each: 1 }, async () => {
        const repository = repositoryWithFiles();
        expect(await addAll(program, repository)).toEqual([]);
        expectComplete(repository);
        return { worktrees: adds };
      });
      report({
        promise: `${adds} parallel \`add --worktree\` all succeed, and leave whole worktrees and nothing else`,
        anchor: "contention",
        figure: `0 of ${sums["worktrees"]} failed in ${rounds} rounds`,
      });
    },
    patience,
  );

  it(
    "control: fail where a git takes its time over an entry, when its calls are neither serialised nor tried again",
    async () => {
      const path = pathOfGit(slowEntry);
      const failed = await addAll(await unserialised(), repositoryWithFiles(), { path });
      expect(failed.join("")).toMatch(/commondir/);
      const repository = repositoryWithFiles();
      expect(await addAll(program, repository, { path })).toEqual([]);
      expectComplete(repository);
      report({
        promise: "Control: the same without serialisation and retry, where git takes its time over an entry",
        anchor: "contention",
        figure: `${failed.length} of ${adds} failed; with both none`,
      });
    },
    patience,
  );

  it.runIf(isLong)(
    "control: how many fail with git as it is, and neither serialised nor tried again",
    async () => {
      const rounds = 50;
      const entry = await unserialised();
      const { failed = 0 } = await campaign("contention-control", { rounds, each: 1 }, async () => {
        const said = await addAll(entry, repositoryWithFiles(), { path: pathOfGit(barrier()) });
        // How many depends on the machine; why does not: gits in each other's way, and then calls, since whoever has
        // failed clears away what is not finished, and without the lock that is what the others are at.
        expect(said.filter((each) => !reasons.test(each))).toEqual([]);
        return { failed: said.length };
      });
      report({
        promise: "Control: the same without serialisation and retry, where a barrier lets all gits start at once",
        anchor: "contention",
        figure: `${failed} of ${rounds * adds} failed`,
      });
    },
    patience,
  );
});

/**
 * Begins an `add --worktree` whose checkout waits for a file, updates another node meanwhile, and only then lets the
 * checkout go on. Returns the exit codes of both.
 */
async function updateDuringCheckout(executable: string) {
  const { root, git, write, treeFile } = tempRepository();
  write(".gitattributes", "weights.bin filter=slow\n");
  write("weights.bin", "weights\n");
  git("add", "--all");
  git("commit", "--quiet", "-m", "weights");
  const [started, goOn] = [join(root, ".git/started"), join(root, ".git/go-on")];
  // It gives up after a minute, so that a failed test does not leave it behind.
  git(
    "config",
    "filter.slow.smudge",
    `touch '${started}'; for i in $(seq 600); do [ -e '${goOn}' ] && break; sleep 0.1; done; cat`,
  );
  expect(runProgram(["add", "--id", "other", "--desc", "x", "--cmd", "true"], { cwd: root })).toMatchObject({
    code: 0,
  });
  const adding = call(executable, ["add", "--id", "slow", "--desc", "x", "--cmd", "true", "--worktree"], root);
  let isOver = false;
  void adding.then(() => {
    isOver = true;
  });
  while (!existsSync(started) && !isOver) await sleep(20);
  const updated = await call(executable, ["update", "--id", "other", "--note", "while it is checked out"], root);
  const wasDuring = !isOver && readFileSync(treeFile, "utf8").includes("while it is checked out");
  writeFileSync(goOn, "");
  const added = await adding;
  return {
    updated: updated.code,
    wasDuring,
    added: added.code,
    weights: readFileSync(join(root, ".worktrees/slow/weights.bin"), "utf8"),
  };
}

describe("the tree's lock", () => {
  it("is not held during a checkout: another node is updated meanwhile", async () => {
    expect(await updateDuringCheckout(program)).toEqual({
      updated: 0,
      wasDuring: true,
      added: 0,
      weights: "weights\n",
    });
    report({
      promise: "The tree is not locked during a checkout",
      anchor: "contention",
      figure: "an update got through",
    });
  });

  it("control: an update cannot get through when the lock is held", async () => {
    const held = await buildVariant("tree-lock-held", {
      substitutes: {
        "git/git-lock.ts": (source) => source.replace('"git.lock"', '"ITERATION_TREE.yaml", "tree.lock"'),
        "store/save-text.ts": (source) => source.replace("lockPatience = 30_000", "lockPatience = 500"),
      },
    });
    expect(await updateDuringCheckout(held)).toMatchObject({ updated: 4, wasDuring: false, added: 0 });
  });
});
