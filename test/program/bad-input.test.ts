import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { program, projectRoot, runCommand, runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

const tree =
  "nodes:\n- node_id: base\n  description: x\n  command: y\n  children: [kid]\n- node_id: kid\n  parent_id: base\n";
const withObjective = `objective: {metric: accuracy, direction: maximize}\n${tree}`;
const single = (value: string, direction = ", direction: maximize") =>
  `{primary_metric: accuracy, primary_value: ${value}${direction}}`;

interface BadCall {
  readonly name: string;
  /** The tree file's text; without one there is no file. */
  readonly file?: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly error: string;
  readonly says: readonly string[];
  readonly prepare?: (repo: TempRepository) => void;
  readonly input?: string;
}

const addTo = ["add", "--desc", "x", "--cmd", "y"];
const updateKid = (results: string) => ["update", "--id", "kid", "--results", results];
const addWorktree = (id: string) => (repo: TempRepository) => {
  expect(runProgram(["worktree", "--id", id, "--create"], { cwd: repo.root }).code).toBe(0);
};

const calls: readonly BadCall[] = [
  {
    name: "a missing file",
    args: ["list"],
    code: 3,
    error: "tree-file-not-found",
    says: ["No ITERATION_TREE.yaml; looked for", "begins a tree"],
  },
  {
    name: "a missing file that was named",
    args: ["nope.yaml", "list"],
    code: 3,
    error: "tree-file-not-found",
    says: ["'nope.yaml'"],
  },
  {
    name: "an empty file",
    file: "",
    args: ["list"],
    code: 5,
    error: "invalid-tree",
    says: ["the file is empty", "delete the file"],
  },
  {
    name: "an empty file, for add",
    file: "",
    args: addTo,
    code: 5,
    error: "invalid-tree",
    says: ["the file is empty"],
  },
  {
    name: "no YAML",
    file: "nodes: [a\nb: {",
    args: addTo,
    code: 5,
    error: "invalid-tree",
    says: ["ITERATION_TREE.yaml:2:"],
  },
  {
    name: "a wrong shape",
    file: "nodes: 7\n",
    args: ["validate"],
    code: 5,
    error: "invalid-tree",
    says: ["ITERATION_TREE.yaml:1:8: nodes: expected a list, received 7"],
  },
  {
    name: "duplicate ids",
    file: "nodes:\n- node_id: a\n- node_id: a\n",
    args: ["list"],
    code: 5,
    error: "invalid-tree",
    says: ["ITERATION_TREE.yaml:3:12:", "duplicate id 'a'"],
  },
  {
    name: "an unknown parent",
    file: `${tree}- {node_id: c, parent_id: bose}\n`,
    args: ["list"],
    code: 5,
    error: "invalid-tree",
    says: [":8:27:", "unknown parent 'bose' of 'c'; did you mean 'base'?"],
  },
  {
    name: "an unknown parent on the command line",
    file: tree,
    args: [...addTo, "--parent", "bas"],
    code: 3,
    error: "node-not-found",
    says: ["No node 'bas'", "Did you mean 'base'?"],
  },
  {
    name: "a cycle",
    file: "nodes: [{node_id: a, parent_id: b}, {node_id: b, parent_id: a}]\n",
    args: ["visualize"],
    code: 5,
    error: "invalid-tree",
    says: ["cycle of parents: a -> b -> a"],
  },
  {
    name: "an unknown id",
    file: tree,
    args: ["get", "--id", "kind"],
    code: 3,
    error: "node-not-found",
    says: ["No node 'kind' in the tree", "Did you mean 'kid'?"],
  },
  ...["../x", "a b", "-x", ".hidden", "a..b", "x.lock", "con", "a/b", "é", "a".repeat(101), ""].map(
    (id): BadCall => ({
      name: `the bad id ${JSON.stringify(id)}`.slice(0, 40),
      file: tree,
      args: [...addTo, `--id=${id}`],
      code: 2,
      error: "invalid-id",
      says: ["Bad node id", "letters, digits"],
    }),
  ),
  {
    name: "an id that exists with other content",
    file: tree,
    args: [...addTo, "--id", "KID"],
    code: 4,
    error: "node-exists",
    says: ["'kid' exists with other content", "get --id kid"],
  },
  {
    name: "NaN",
    file: tree,
    args: updateKid(single(".nan")),
    code: 5,
    error: "invalid-results",
    says: ["primary_value: expected a finite number, received NaN"],
  },
  {
    name: "infinity",
    file: tree,
    args: updateKid(single("-.inf")),
    code: 5,
    error: "invalid-results",
    says: ["expected a finite number, received -Infinity"],
  },
  {
    name: "text for a number",
    file: tree,
    args: updateKid(single("92%")),
    code: 5,
    error: "invalid-results",
    says: ['expected a finite number, received the text "92%"'],
  },
  {
    name: "a number in quotes",
    file: tree,
    args: updateKid(single("'0.92'")),
    code: 5,
    error: "invalid-results",
    says: ['received the text "0.92"'],
  },
  {
    name: "a missing direction",
    file: tree,
    args: updateKid(single("1", "")),
    code: 5,
    error: "invalid-results",
    says: ["direction: expected 'maximize' or 'minimize', received nothing"],
  },
  {
    name: "a missing value",
    file: tree,
    args: updateKid("{primary_metric: a, direction: minimize}"),
    code: 5,
    error: "invalid-results",
    says: ["primary_value: a number is missing"],
  },
  {
    name: "a sample that is no number",
    file: tree,
    args: updateKid("{primary_metric: a, direction: minimize, samples: [1, x]}"),
    code: 5,
    error: "invalid-results",
    says: ["--results:1:55: samples[1]: expected a finite number"],
  },
  {
    name: "an index beyond the objectives",
    file: tree,
    args: updateKid("{objectives: [{metric: a, value: 1, direction: minimize}], primary_index: 1}"),
    code: 5,
    error: "invalid-results",
    says: ["primary_index: expected an index below 1"],
  },
  {
    name: "the wrong metric",
    file: withObjective,
    args: updateKid("{primary_metric: loss, primary_value: 1, direction: minimize}"),
    code: 5,
    error: "invalid-results",
    says: ["objective is 'accuracy' (maximize), received 'loss'"],
  },
  {
    name: "the wrong direction",
    file: withObjective,
    args: updateKid(single("1", ", direction: minimize")),
    code: 5,
    error: "invalid-results",
    says: ["'accuracy' is to maximize in this tree, received minimize"],
  },
  {
    name: "results that are neither file nor YAML",
    file: tree,
    args: updateKid("reslts.yaml"),
    code: 3,
    error: "not-found",
    says: ['"reslts.yaml" is neither a file nor YAML'],
  },
  {
    name: "empty standard input",
    file: tree,
    args: updateKid("-"),
    code: 5,
    error: "invalid-results",
    says: ["expected a mapping, received null"],
  },
  {
    name: "completed without results",
    file: tree,
    args: ["update", "--id", "kid", "--status", "completed"],
    code: 5,
    error: "invalid-results",
    says: ["'completed' needs results"],
  },
  {
    name: "no command",
    file: tree,
    args: ["-q"],
    code: 2,
    error: "usage",
    says: ["No command was given", "tree-autoresearch --help"],
  },
  { name: "empty results", file: tree, args: updateKid(""), code: 2, error: "usage", says: ["--results is empty"] },
  {
    name: "a folder for results",
    file: tree,
    args: updateKid("."),
    code: 3,
    error: "not-found",
    says: ['"." is a folder'],
  },
  {
    name: "an empty text",
    file: tree,
    args: ["update", "--id", "kid", "--note", " "],
    code: 2,
    error: "usage",
    says: ["Expected a text that is not empty"],
  },
  {
    name: "a bad id for get",
    file: tree,
    args: ["get", "--id", "a b"],
    code: 2,
    error: "invalid-id",
    says: ['Bad node id "a b"'],
  },
  {
    name: "a working directory outside",
    file: tree,
    args: [...addTo, "--working-dir", "src/../../etc"],
    code: 2,
    error: "usage",
    says: ["leaves the worktree"],
  },
  {
    name: "no column",
    file: tree,
    args: ["list", "--fields", ","],
    code: 2,
    error: "usage",
    says: ["--fields names no column"],
  },
  {
    name: "a status that is none",
    file: tree,
    args: ["update", "--id", "kid", "--status", "done"],
    code: 2,
    error: "usage",
    says: ["'done' is invalid", "pending, running"],
  },
  {
    name: "an update of nothing",
    file: tree,
    args: ["update", "--id", "kid"],
    code: 2,
    error: "usage",
    says: ["Nothing to update"],
  },
  {
    name: "a metric without value",
    file: tree,
    args: ["update", "--id", "kid", "--metric", "accuracy"],
    code: 2,
    error: "usage",
    says: ['Bad --metric "accuracy"', "accuracy=0.92"],
  },
  {
    name: "an unknown command",
    file: tree,
    args: ["visualise"],
    code: 2,
    error: "usage",
    says: ["Unknown command 'visualise'", "Did you mean 'visualize'?"],
  },
  {
    name: "an unknown option",
    file: tree,
    args: ["list", "--stauts", "x"],
    code: 2,
    error: "usage",
    says: ["Unknown option '--stauts'", "Did you mean --status?"],
  },
  {
    name: "a missing option",
    file: tree,
    args: ["get"],
    code: 2,
    error: "usage",
    says: ["Required option '--id <id>'", "get --help"],
  },
  {
    name: "a superfluous word",
    file: tree,
    args: ["list", "kid"],
    code: 2,
    error: "usage",
    says: ["Too many arguments"],
  },
  {
    name: "a limit that is no number",
    file: tree,
    args: ["list", "--limit", "few"],
    code: 2,
    error: "usage",
    says: ["Expected a whole number from 0, received 'few'"],
  },
  {
    name: "an unknown column",
    file: tree,
    args: ["list", "--fields", "id,valeu"],
    code: 2,
    error: "usage",
    says: ["Unknown field 'valeu'", "value"],
  },
  {
    name: "no results yet",
    file: tree,
    args: ["best-path"],
    code: 3,
    error: "not-found",
    says: ["No results are recorded yet"],
  },
  {
    name: "a node with children",
    file: tree,
    args: ["delete", "--id", "base"],
    code: 4,
    error: "conflict",
    says: ["nodes under it: kid", "--recursive"],
  },
  {
    name: "an undo of what is not pruned",
    file: tree,
    args: ["prune", "--id", "kid", "--undo"],
    code: 4,
    error: "conflict",
    says: ["'kid' is not pruned"],
  },
  {
    name: "a worktree that is gone",
    file: tree,
    prepare: (repo) => {
      addWorktree("kid")(repo);
      rmSync(join(repo.root, ".worktrees/kid"), { recursive: true });
    },
    args: ["sync", "--id", "kid"],
    code: 3,
    error: "not-found",
    says: ["does not exist", "worktree --id kid --create"],
  },
  {
    name: "a branch that is taken",
    file: tree,
    prepare: (repo) => repo.git("branch", "iter/new"),
    args: [...addTo, "--id", "new", "--worktree"],
    code: 4,
    error: "conflict",
    says: ["The branch 'iter/new' exists already", "git log iter/new"],
  },
  {
    name: "a folder that is taken",
    file: tree,
    prepare: (repo) => repo.write(".worktrees/new/x", ""),
    args: [...addTo, "--id", "new", "--worktree"],
    code: 4,
    error: "conflict",
    says: [".worktrees/new exists already"],
  },
  {
    name: "a dirty worktree",
    file: tree,
    prepare: (repo) => {
      addWorktree("kid")(repo);
      repo.write(".worktrees/kid/train.mjs", "x");
    },
    args: ["sync", "--id", "kid"],
    code: 4,
    error: "dirty-worktree",
    says: ["uncommitted changes in 1 tracked file: train.mjs", "-m MESSAGE"],
  },
  {
    name: "a worktree that would lose files",
    file: tree,
    prepare: (repo) => {
      addWorktree("kid")(repo);
      repo.write(".worktrees/kid/model.ckpt", "x");
    },
    args: ["delete", "--id", "kid"],
    code: 4,
    error: "dirty-worktree",
    says: ["1 ignored (model.ckpt)", "--force"],
  },
  {
    name: "a revision that is none",
    file: tree,
    args: [...addTo, "--worktree", "--from", "v9"],
    code: 3,
    error: "not-found",
    says: ["git knows no commit 'v9'"],
  },
  {
    name: "an unresolved merge conflict",
    file: `${tree}<<<<<<< HEAD\n=======\n>>>>>>> x\n`,
    args: addTo,
    code: 5,
    error: "invalid-tree",
    says: ["ITERATION_TREE.yaml:8:1: an unresolved merge conflict"],
  },
];

describe("bad input, through the real program", () => {
  it.each(calls)("$name", ({ file, args, code, error, says, prepare, input }) => {
    const repo = tempRepository();
    if (file !== undefined) repo.write("ITERATION_TREE.yaml", file);
    prepare?.(repo);
    const before = file === undefined ? undefined : repo.read("ITERATION_TREE.yaml");
    const ran = runProgram(args, { cwd: repo.root, ...(input !== undefined && { input }) });
    expect(ran).toMatchObject({ code, stdout: "" });
    for (const part of says) expect(ran.stderr).toContain(part);
    expect(ran.stderr).toMatch(/^error: [^\s]/);
    expect(ran.stderr).not.toMatch(/\n +at /);

    const json = runProgram([...args, "--json"], { cwd: repo.root });
    expect(json).toMatchObject({ code, stdout: "" });
    const errors = json.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { error?: { code: string } });
    expect(errors.at(-1)?.error?.code).toBe(error);

    if (before === undefined) expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
    else expect(repo.read("ITERATION_TREE.yaml")).toBe(before);
    expect(repo.git("branch", "--list", "iter/x*")).toBe("");
  });

  it("a direction that contradicts only a derived objective is a warning", () => {
    const repo = tempRepository();
    repo.write(
      "ITERATION_TREE.yaml",
      `nodes:\n- {node_id: a, results: ${single("1")}}\n- {node_id: b, parent_id: a}\n`,
    );
    const ran = runProgram(["update", "--id", "b", "--results", single("2", ", direction: minimize")], {
      cwd: repo.root,
    });
    expect(ran).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("warning: 'accuracy' is to maximize in this tree, received minimize"),
    });
    expect(runProgram(["best-path", "--json"], { cwd: repo.root }).stdout).not.toContain('"b"');
  });
});

describe("repositories that are not ready", () => {
  it("no git: a tree works, a worktree says what to do", () => {
    const cwd = tempFolder();
    expect(runProgram(addTo, { cwd }).code).toBe(0);
    const before = readFileSync(join(cwd, "ITERATION_TREE.yaml"), "utf8");
    expect(runProgram([...addTo, "--worktree"], { cwd })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("hint: Run: git init"),
    });
    expect(runProgram(["sync", "--id", "iter1_x"], { cwd })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("not in a git repository"),
    });
    expect(readFileSync(join(cwd, "ITERATION_TREE.yaml"), "utf8")).toBe(before);
  });

  it("git is not installed", () => {
    const repo = tempRepository();
    expect(
      runCommand(process.execPath, [join(projectRoot, "bin/tree-autoresearch.js"), ...addTo, "--worktree"], {
        cwd: repo.root,
        env: { PATH: tempFolder() },
      }),
    ).toMatchObject({
      code: 6,
      stderr: "error: git is not installed, or not on the PATH\nhint: Install git.\n",
    });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
  });

  it("an empty repository says: commit first", () => {
    const repo = tempRepository({ empty: true });
    expect(runProgram([...addTo, "--worktree"], { cwd: repo.root })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("hint: Commit first"),
    });
    expect(repo.exists("ITERATION_TREE.yaml")).toBe(false);
    expect(runProgram(addTo, { cwd: repo.root }).code).toBe(0);
  });

  it("a bare repository", () => {
    const bare = tempFolder();
    execFileSync("git", ["init", "--quiet", "--bare"], { cwd: bare });
    for (const args of [["list"], addTo]) {
      expect(runProgram(args, { cwd: bare })).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("is a bare repository"),
      });
    }
    expect(existsSync(join(bare, "ITERATION_TREE.yaml"))).toBe(false);
  });

  it("a detached HEAD is no obstacle", () => {
    const repo = tempRepository();
    repo.git("checkout", "--quiet", "--detach");
    expect(runProgram([...addTo, "--worktree"], { cwd: repo.root }).code).toBe(0);
    repo.git("-C", join(repo.root, ".worktrees/iter1_x"), "checkout", "--quiet", "--detach");
    expect(runProgram(["sync", "--id", "iter1_x"], { cwd: repo.root }).code).toBe(0);
    expect(runProgram(["worktree", "--id", "iter1_x"], { cwd: repo.root }).stdout).toContain("branch  detached");
  });

  it("nobody to commit as: git's failure, with the way out", () => {
    const repo = tempRepository();
    expect(runProgram([...addTo, "--worktree"], { cwd: repo.root }).code).toBe(0);
    repo.git("config", "--unset", "user.name");
    repo.git("config", "--unset", "user.email");
    repo.git("config", "user.useConfigOnly", "true");
    repo.write(".worktrees/iter1_x/train.mjs", "changed");
    expect(runProgram(["sync", "--id", "iter1_x", "-m", "m"], { cwd: repo.root })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("git config user.name"),
    });
  });

  it("a read-only folder, for a user who is not root", () => {
    const shared = tempFolder();
    for (const part of ["bin", "dist", "package.json"])
      cpSync(join(projectRoot, part), join(shared, part), { recursive: true });
    const folder = tempFolder();
    const path = join(folder, "ITERATION_TREE.yaml");
    writeFileSync(path, tree);
    chmodSync(folder, 0o555);
    const args = [join(shared, "bin/tree-autoresearch.js"), "prune", "--id", "kid", "--reason", "x"];
    const isRoot = process.getuid?.() === 0;
    const ran = isRoot
      ? runCommand("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, ...args], {
          cwd: folder,
        })
      : runCommand(process.execPath, args, { cwd: folder });
    chmodSync(folder, 0o755);
    expect(ran).toMatchObject({
      code: 4,
      stdout: "",
      stderr: expect.stringContaining("may not be written by this user"),
    });
    expect(readFileSync(path, "utf8")).toBe(tree);
    if (isRoot) {
      // control: the same call succeeds once the folder belongs to that user
      for (const each of [folder, path]) chownSync(each, 65534, 65534);
      expect(
        runCommand("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, ...args], {
          cwd: folder,
        }).code,
      ).toBe(0);
    }
  });

  it("a state folder that may not be written, for a user who is not root", () => {
    const shared = tempFolder();
    for (const part of ["bin", "dist", "package.json"])
      cpSync(join(projectRoot, part), join(shared, part), { recursive: true });
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", tree);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) for (const each of [repo.root, repo.treeFile]) chownSync(each, 65534, 65534);
    else chmodSync(join(repo.root, ".git"), 0o555);
    const args = [join(shared, "bin/tree-autoresearch.js"), "prune", "--id", "kid", "--reason", "x"];
    const ran = isRoot
      ? runCommand("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, ...args], {
          cwd: repo.root,
        })
      : runCommand(process.execPath, args, { cwd: repo.root });
    if (!isRoot) chmodSync(join(repo.root, ".git"), 0o755);
    expect(ran).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^error: .*\.git\/tree-autoresearch.* may not be written/),
    });
    expect(repo.read("ITERATION_TREE.yaml")).toBe(tree);
  });

  it("an answer that cannot be written", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", tree);
    const { stdout, stderr } = runCommand(
      "bash",
      ["-c", `"${process.execPath}" "${program}" list > /dev/full; echo $?`],
      { cwd: repo.root },
    );
    expect(stdout).toBe("1\n");
    expect(stderr).toMatch(/^error: the answer could not be written: .*ENOSPC.*\n$/);
  });

  it("a tree file that is a folder", () => {
    const repo = tempRepository();
    mkdirSync(repo.treeFile);
    expect(runProgram(["list"], { cwd: repo.root })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("is a folder; expected a tree file"),
    });
  });
});
