import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { call } from "../in-process.ts";
import { hasTool } from "../proofs/machine.ts";
import { program, projectRoot, type Ran, runCommand, runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

/** Ids of commits and times differ from run to run; everything else is compared to the letter. */
function steady({ code, stdout, stderr }: Ran, { root }: { readonly root: string }): Ran {
  const clean = (text: string) =>
    text
      .replaceAll(root, "ROOT")
      .replace(/\b[0-9a-f]{40}\b/g, "COMMIT")
      .replace(/\b[0-9a-f]{7}\b/g, "COMMIT7")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
      .replace(/\d+ B$/gm, "N B")
      .replace(/"disk_bytes":\d+/g, '"disk_bytes":N');
  return { code, stdout: clean(stdout), stderr: clean(stderr) };
}

function session() {
  const repo = tempRepository();
  const run = (...args: readonly string[]) => steady(runProgram(args, { cwd: repo.root }), repo);
  return { ...repo, run };
}

const steps: readonly (readonly string[])[] = [
  ["add", "--desc", "Baseline experiment", "--cmd", "python train.py", "--worktree"],
  [
    "update",
    "--id",
    "iter1_baseline_experiment",
    "--results",
    "{primary_metric: accuracy, primary_value: 0.92, direction: maximize}",
  ],
  ["sync", "--id", "iter1_baseline_experiment"],
  [
    "add",
    "--id",
    "wide",
    "--parent",
    "iter1_baseline_experiment",
    "--desc",
    "Twice as wide",
    "--cmd",
    "python train.py --wide",
    "--worktree",
  ],
  ["sync", "--id", "wide", "-m", "twice as wide"],
  ["update", "--id", "wide", "--metric", "accuracy=0.935"],
  ["add", "--id", "vit", "--parent", "iter1_baseline_experiment", "--desc", "ViT 模型 🚀", "--cmd", "python vit.py"],
  [
    "update",
    "--id",
    "vit",
    "--results",
    "{objectives: [{metric: accuracy, value: 0.9, direction: maximize}, {metric: latency_ms, value: 15.3, direction: minimize}]}",
  ],
  ["prune", "--id", "vit", "--reason", "slower and worse"],
];

/** A small tree, grown by the commands that the reference's README names. */
async function grown() {
  const it = session();
  for (const step of steps) {
    if (step[0] === "sync" && step.includes("-m")) it.write(".worktrees/wide/train.mjs", "// wide\n");
    expect(await call(step, { cwd: it.root })).toMatchObject({ code: 0, stderr: "" });
  }
  return it;
}

describe("the commands of the reference, and those that look, text", () => {
  it("add, with and without worktree, under a parent and as a root", () => {
    const { run } = session();
    expect(
      run("add", "--desc", "Baseline experiment", "--cmd", "python train.py", "--worktree"),
    ).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Added: iter1_baseline_experiment (parent: none)
      Worktree: .worktrees/iter1_baseline_experiment (branch iter/iter1_baseline_experiment)
      ",
      }
    `);
    expect(run("add", "--desc", "模型", "--cmd", "x", "--parent", "iter1_baseline_experiment")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Added: iter2 (parent: iter1_baseline_experiment)
      ",
      }
    `);
    expect(run("add", "--desc", "again", "--cmd", "x", "--id", "a", "--dry-run")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "+ a: again
      ",
      }
    `);
  });
  it("update", async () => {
    const { run } = await grown();
    expect(
      run(
        "update",
        "--id",
        "wide",
        "--results",
        "{objectives: [{metric: accuracy, value: 0.93, direction: maximize}, {metric: latency_ms, value: 15.3, direction: minimize}]}",
      ),
    ).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Updated: wide accuracy=0.93 (maximize), latency_ms=15.3 (minimize)
      ",
      }
    `);
    expect(run("update", "--id", "wide", "--status", "waiting", "--reason", "queue is full")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Updated: wide status=waiting
      ",
      }
    `);
    expect(
      run("update", "--id", "iter1_baseline_experiment", "--metric", "accuracy=0.94", "--append"),
    ).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Updated: iter1_baseline_experiment accuracy=0.93 (maximize)
      ",
      }
    `);
    expect(run("update", "--id", "wide", "--metric", "accuracy=0.94", "--dry-run")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "would: pin COMMIT7
      ~ wide.status: "waiting" -> "completed"
      ~ wide.results: {"objectives":[{"metric":"accuracy","value":0.93,"direction":"maximize"},{"metric":"latency_ms","value":15.3,"direction":"minimize"}],"primary_index":0} -> {"primary_metric":"accuracy","primary_value":0.94,"direction":"maximize"}
      ~ wide.reason: "queue is full" -> null
      ",
      }
    `);
  });
  it("sync", async () => {
    const it = await grown();
    it.write(".worktrees/wide/train.mjs", "// wider\n");
    expect(it.run("sync", "--id", "wide")).toMatchInlineSnapshot(`
      {
        "code": 4,
        "stderr": "error: ROOT/.worktrees/wide has uncommitted changes in 1 tracked file: train.mjs
      hint: Commit them, or let sync do it, with -m MESSAGE. --allow-dirty records HEAD without them.
      ",
        "stdout": "",
      }
    `);
    expect(it.run("sync", "--id", "wide", "-m", "wider")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "warning: the results of 'wide' were recorded at COMMIT7, the commit is now COMMIT7: run again and record the results
      ",
        "stdout": "Synced: wide -> COMMIT7
      ",
      }
    `);
  });
  it("worktree", async () => {
    const { run } = await grown();
    expect(run("worktree", "--id", "wide")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "path    ROOT/.worktrees/wide
      branch  iter/wide
      commit  COMMIT7
      state   clean
      disk    N B
      cd .worktrees/wide && python train.py --wide
      ",
      }
    `);
    expect(run("worktree", "--id", "wide", "--path")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "ROOT/.worktrees/wide
      ",
      }
    `);
    expect(run("worktree", "--id", "wide", "--remove")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Removed worktree: wide
      ",
      }
    `);
    expect(run("worktree", "--id", "wide")).toMatchInlineSnapshot(`
      {
        "code": 3,
        "stderr": "error: The worktree of 'wide', ROOT/.worktrees/wide, does not exist
      hint: Create it: tree-autoresearch worktree --id wide --create
      ",
        "stdout": "",
      }
    `);
    expect(run("worktree", "--remove", "--status", "pruned")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "No worktrees to remove.
      ",
      }
    `);
  });
  it("prune and its undo", async () => {
    const { run } = await grown();
    expect(run("prune", "--id", "wide", "--reason", "noise")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Pruned: wide (noise)
      ",
      }
    `);
    expect(run("prune", "--id", "wide", "--undo")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Unpruned: wide (completed)
      ",
      }
    `);
    expect(run("prune", "--id", "wide")).toMatchInlineSnapshot(`
      {
        "code": 2,
        "stderr": "error: Required option '--reason <text>' needs a text, received nothing
      hint: For example: --reason "accuracy fell from 0.92 to 0.90"
      ",
        "stdout": "",
      }
    `);
  });
  it("delete", async () => {
    const { run } = await grown();
    expect(run("delete", "--id", "iter1_baseline_experiment")).toMatchInlineSnapshot(`
      {
        "code": 4,
        "stderr": "error: 'iter1_baseline_experiment' has nodes under it: wide, vit
      hint: Add --recursive to delete them too, or prune it, which keeps the record.
      ",
        "stdout": "",
      }
    `);
    expect(run("delete", "--id", "wide", "--dry-run")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "would: pin COMMIT7
      would: remove the worktree .worktrees/wide
      would: git branch -D iter/wide
      - wide
      ~ iter1_baseline_experiment.children: ["wide","vit"] -> ["vit"]
      ",
      }
    `);
    expect(run("delete", "--id", "wide")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Deleted: wide
      ",
      }
    `);
  });
  it("list, in every format", async () => {
    const { run } = await grown();
    expect(run("list")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "id                         parent                     status       value  description
      iter1_baseline_experiment                             ● completed   0.92  Baseline experiment
      wide                       iter1_baseline_experiment  ● completed  0.935  Twice as wide
      vit                        iter1_baseline_experiment  ⊘ pruned       0.9  ViT 模型 🚀
      ",
      }
    `);
    expect(run("list", "--sort", "metric", "--fields", "id,value,commit", "--limit", "2")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "id                         value  commit
      wide                       0.935  COMMIT7
      iter1_baseline_experiment   0.92  COMMIT7
      ",
      }
    `);
    expect(run("list", "--status", "pruned", "--format", "csv")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "id,parent,status,value,description
      vit,iter1_baseline_experiment,pruned,0.9,ViT 模型 🚀
      ",
      }
    `);
    expect(run("list", "--under", "wide", "--format", "markdown")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "| id | parent | status | value | description |
      | --- | --- | --- | --- | --- |
      | wide | iter1\\_baseline\\_experiment | completed | 0.935 | Twice as wide |
      ",
      }
    `);
    expect(run("list", "--grep", "vit", "--format", "tsv")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "id	parent	status	value	description
      vit	iter1_baseline_experiment	pruned	0.9	ViT 模型 🚀
      ",
      }
    `);
    expect(run("list", "--grep", "wide", "--format", "json")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "[{"id":"wide","parent":"iter1_baseline_experiment","status":"completed","value":0.935,"description":"Twice as wide"}]
      ",
      }
    `);
  });
  it("get", async () => {
    expect((await grown()).run("get", "--id", "vit")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "node_id: "vit"
      parent_id: "iter1_baseline_experiment"
      description: "ViT 模型 🚀"
      command: "python vit.py"
      working_dir: "."
      worktree: null
      status: "pruned"
      results:
        objectives:
          - metric: "accuracy"
            value: 0.9
            direction: "maximize"
          - metric: "latency_ms"
            value: 15.3
            direction: "minimize"
        primary_index: 0
      children: []
      reason: "slower and worse"
      created_at: "TIME"
      updated_at: "TIME"
      before_prune:
        status: "completed"
      ",
      }
    `);
  });
  it("validate", async () => {
    const { run } = await grown();
    expect(run("validate")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Valid: 3 nodes
      ",
      }
    `);
    expect(
      run("validate", "--results", "{primary_metric: accuracy, primary_value: 0.92, direction: maximize}"),
    ).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "Valid: accuracy=0.92 (maximize)
      ",
      }
    `);
    expect(run("validate", "--results", "{primary_metric: accuracy, primary_value: .nan}")).toMatchInlineSnapshot(`
      {
        "code": 5,
        "stderr": "error: --results:1:43: primary_value: expected a finite number, received NaN
        1 | {primary_metric: accuracy, primary_value: .nan}
      --results:1:1: direction: expected 'maximize' or 'minimize', received nothing
        1 | {primary_metric: accuracy, primary_value: .nan}
      hint: Results look like {primary_metric: accuracy, primary_value: 0.92, direction: maximize}, or {objectives: [{metric, value, direction}, ...], primary_index: 0}.
      ",
        "stdout": "",
      }
    `);
  });
  it("visualize", async () => {
    const { run } = await grown();
    expect(run("visualize")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "accuracy (maximize)
      ● iter1_baseline_experiment 0.92  Baseline experiment
      ┡━ ● wide ★ 0.935 +0.015  Twice as wide
      └─ ⊘ vit 0.9 -0.02  ViT 模型 🚀 - pruned: slower and worse
      ",
      }
    `);
    expect(run("visualize", "--depth", "0")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "accuracy (maximize)
      ● iter1_baseline_experiment  (+2 below) 0.92  Baseline experiment
      ",
      }
    `);
  });
  it("compare", async () => {
    const { run } = await grown();
    expect(run("compare", "--id", "iter1_baseline_experiment", "--id2", "wide")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "             iter1_baseline_experiment  wide
      status       ● completed                ● completed
      value        accuracy=0.92              accuracy=0.935
      commit       COMMIT7                    COMMIT7
      command      python train.py            python train.py --wide
      description  Baseline experiment        Twice as wide

      accuracy  0.92 → 0.935  +0.015 (+1.63%)  wide is better (maximize)
      nearest common ancestor: iter1_baseline_experiment

       train.mjs | 2 +-
       1 file changed, 1 insertion(+), 1 deletion(-)
      ",
      }
    `);
  });
  it("best-path, and the Pareto front", async () => {
    const { run } = await grown();
    expect(run("best-path")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "node                         accuracy  change  what changed (maximize)
      ● iter1_baseline_experiment      0.92          Baseline experiment
      ★ wide                          0.935  +0.015  Twice as wide
      ",
      }
    `);
    expect(run("prune", "--id", "vit", "--undo").code).toBe(0);
    expect(run("best-path", "--pareto")).toMatchInlineSnapshot(`
      {
        "code": 0,
        "stderr": "",
        "stdout": "node  accuracy (maximize)  latency_ms (minimize)  description
      vit                   0.9                   15.3  ViT 模型 🚀
      ",
      }
    `);
  });
});

describe("the commands that keep the tree whole, text", () => {
  it("history, undo and doctor name versions, what stays away, and every finding with its fix", () => {
    const { run, root } = session();
    const calls = [
      ["add", "--id", "a", "--desc", "Base", "--cmd", "y", "--worktree"],
      ["add", "--id", "b", "--desc", "Wide", "--cmd", "y", "--worktree"],
      ["delete", "--id", "b"],
    ];
    for (const args of calls) expect(run(...args)).toMatchObject({ code: 0, stderr: "" });
    const version = (n: number, node: string, what: string) =>
      `${`${n}`.padStart(7)}  TIME  ${node.padEnd(4)}  ${what}`;
    expect(run("history").stdout.trimEnd().split("\n")).toEqual([
      "version  time                  node  command",
      version(4, "b", "tree-autoresearch delete --id b"),
      version(3, "b", "tree-autoresearch add --id b --desc Wide --cmd y --worktree"),
      version(2, "a", "tree-autoresearch add --id a --desc Base --cmd y --worktree"),
      version(1, "", "a new file"),
    ]);
    expect(run("undo")).toEqual({
      code: 0,
      stderr: "",
      stdout: `Undone: 4 (tree-autoresearch delete --id b)
Not brought back: worktree .worktrees/b
Not brought back: branch iter/b
The tree file is that of version 3 again.
`,
    });
    rmSync(join(root, ".worktrees/a"), { recursive: true });
    const findings = (word: string) => `missing-worktree a: .worktrees/a is gone, and git still expects it there
  ${word}: create .worktrees/a on iter/a
unfinished-add b: neither .worktrees/b nor the branch 'iter/b' is there
  ${word}: create .worktrees/b on iter/b
`;
    const doctor = (...args: readonly string[]) => run("doctor", ...args);
    const found = "2 findings; tree-autoresearch doctor --fix mends 2.\n";
    expect(doctor()).toEqual({ code: 5, stderr: "", stdout: `${findings("fix")}${found}` });
    expect(doctor("--fix")).toEqual({ code: 0, stderr: "", stdout: `${findings("fixed")}2 findings, 2 fixed.\n` });
    expect(doctor()).toEqual({ code: 0, stderr: "", stdout: "No findings: 2 nodes.\n" });
  });
});

describe("where the program is called from", () => {
  it("a folder that somebody removed meanwhile is named as what is wrong", () => {
    for (const [flags, said] of [
      [
        [],
        "error: The folder that you stand in does not exist any more\nhint: cd to the repository, then try again.\n",
      ],
      [["--json"], /^\{"error":\{"code":"not-found",.*\}\n$/],
    ] as const) {
      const folder = join(tempFolder(), "gone");
      mkdirSync(folder);
      const call = [process.execPath, program, "list", ...flags];
      const { code, stdout, stderr } = runCommand("sh", ["-c", 'rmdir "$PWD"; exec "$@"', "sh", ...call], {
        cwd: folder,
      });
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      if (typeof said === "string") expect(stderr).toBe(said);
      else expect(stderr).toMatch(said);
    }
  });

  it("the root, a subfolder and a worktree all mean the same tree", async () => {
    const repo = await grown();
    mkdirSync(join(repo.root, "sub"));
    const want = runProgram(["list"], { cwd: repo.root });
    for (const folder of ["sub", ".worktrees/wide"])
      expect(runProgram(["list"], { cwd: join(repo.root, folder) })).toEqual(want);
  });

  it("both spellings: the reference's, with the tree file first, from inside a worktree", async () => {
    const repo = await grown();
    const wrapper = join(projectRoot, "skill/Tree-AutoResearch");
    const cwd = join(repo.root, ".worktrees/wide");
    repo.git("-C", cwd, "commit", "--quiet", "--allow-empty", "-m", "tune learning rate");
    const commit = repo.git("-C", cwd, "rev-parse", "--short=7", "HEAD");
    expect(runCommand(wrapper, ["ITERATION_TREE.yaml", "sync", "--id", "wide"], { cwd })).toMatchObject({
      code: 0,
      stdout: `Synced: wide -> ${commit}\n`,
    });
    expect(repo.git("show", "-s", "--format=%s", commit)).toBe("tune learning rate");
  });

  it("the file is named by position, by --file and by the environment, in this order", () => {
    const repo = tempRepository();
    for (const name of ["a.yaml", "b.yml", "c.yaml"]) repo.write(name, `nodes: [{node_id: ${name[0]}}]\n`);
    const ids = (args: readonly string[], env = {}) =>
      runProgram([...args, "--fields", "id", "--format", "tsv"], { cwd: repo.root, env }).stdout;
    const env = { TREE_AUTORESEARCH_FILE: "c.yaml" };
    expect(ids(["list"], env)).toBe("id\nc\n");
    expect(ids(["list", "--file", "b.yml"], env)).toBe("id\nb\n");
    expect(ids(["-f", "b.yml", "list"], env)).toBe("id\nb\n");
    expect(ids(["a.yaml", "list", "--file", "b.yml"], env)).toBe("id\na\n");
  });

  it("a copy of the tree file in a worktree is not read, and that is said once, on stderr", async () => {
    const repo = await grown();
    repo.write(".worktrees/wide/ITERATION_TREE.yaml", "nodes: []\n");
    const { stdout, stderr } = runProgram(["list", "--fields", "id"], { cwd: join(repo.root, ".worktrees/wide") });
    expect(stdout.split("\n")).toHaveLength(5);
    expect(stderr).toBe(`warning: reading ${repo.treeFile}, not the copy in this worktree\n`);
  });

  it("works without git, in a folder above", () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "deep"));
    expect(runProgram(["add", "--desc", "x", "--cmd", "y"], { cwd: folder }).code).toBe(0);
    expect(runProgram(["list", "--fields", "id"], { cwd: join(folder, "deep") }).stdout).toBe("id\niter1_x\n");
    expect(readdirSync(folder).toSorted()).toEqual([".tree-autoresearch", "ITERATION_TREE.yaml", "deep"]);
  });

  it("works from a git hook, whose GIT_DIR and GIT_INDEX_FILE do not leak in", async () => {
    const repo = await grown();
    const other = tempRepository();
    const env = {
      GIT_DIR: join(other.root, ".git"),
      GIT_INDEX_FILE: join(other.root, ".git/index"),
      GIT_WORK_TREE: other.root,
    };
    expect(runProgram(["sync", "--id", "wide"], { cwd: repo.root, env }).code).toBe(0);
    expect(other.git("for-each-ref", "refs/tree-autoresearch")).toBe("");
  });

  it("commits in the caller's name", async () => {
    const repo = await grown();
    repo.write(".worktrees/wide/train.mjs", "// by agent\n");
    const env = { GIT_AUTHOR_NAME: "An Agent", GIT_AUTHOR_EMAIL: "a@b.c" };
    runProgram(["sync", "--id", "wide", "-m", "m"], { cwd: repo.root, env });
    expect(repo.git("log", "-1", "--format=%an <%ae>", "iter/wide")).toBe("An Agent <a@b.c>");
  });
});

describe("the wrapper finds the program", () => {
  const source = join(projectRoot, "skill/Tree-AutoResearch");
  const copied = () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "skills/tree-autoresearch"), { recursive: true });
    cpSync(source, join(folder, "skills/tree-autoresearch/Tree-AutoResearch"));
    return { folder, wrapper: join(folder, "skills/tree-autoresearch/Tree-AutoResearch") };
  };
  const fake = (path: string, name: string) => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "tree-autoresearch"), `#!/bin/sh\necho "${name}: $*"\n`);
    chmodSync(join(path, "tree-autoresearch"), 0o755);
  };

  it("through a symbolic link to itself, next to it in the package", () => {
    const link = join(tempFolder(), "Tree-AutoResearch");
    symlinkSync(source, link);
    expect(runCommand(link, ["--version"], { cwd: tempFolder() })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
  it("in node_modules/.bin above it, or above the caller, with arguments kept apart", () => {
    const { folder, wrapper } = copied();
    fake(join(folder, "node_modules/.bin"), "local");
    expect(runCommand(wrapper, ["list", "a  b"], { cwd: tempFolder() }).stdout).toBe("local: list a  b\n");
    const caller = tempFolder();
    fake(join(caller, "node_modules/.bin"), "caller's");
    mkdirSync(join(caller, "deep"));
    expect(runCommand(copied().wrapper, ["list"], { cwd: join(caller, "deep") }).stdout).toBe("caller's: list\n");
  });
  it("on the PATH, else it says where it looked", () => {
    const { wrapper } = copied();
    const path = tempFolder();
    fake(path, "on the path");
    expect(
      runCommand(wrapper, ["list"], { cwd: tempFolder(), env: { PATH: `${path}:${process.env["PATH"]}` } }).stdout,
    ).toBe("on the path: list\n");
    expect(runCommand(wrapper, ["list"], { cwd: tempFolder(), env: { PATH: "/usr/bin:/bin" } })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("hint: npm install --save-dev tree-autoresearch"),
    });
  });
});

describe("results, however they are given", () => {
  const want = { primary_metric: "accuracy", primary_value: 0.5, direction: "maximize" };
  const results = "primary_metric: accuracy\nprimary_value: 0.5\ndirection: maximize\n";
  function record(repo: TempRepository, args: readonly string[], input = "") {
    const ran = runProgram(["update", "--id", "a", "--json", ...args], { cwd: repo.root, input });
    expect(ran.stderr).toBe("");
    return (JSON.parse(ran.stdout) as { results: unknown }).results;
  }

  it("inline YAML, inline JSON, a file, standard input, --metric", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: a}]\n");
    repo.write("out/results.yaml", results);
    expect(record(repo, ["--results", results])).toEqual(want);
    expect(record(repo, ["--results", JSON.stringify(want)])).toEqual(want);
    expect(record(repo, ["--results", "out/results.yaml"])).toEqual(want);
    expect(record(repo, ["--results", "-"], results)).toEqual(want);
    expect(record(repo, ["--metric", "accuracy=0.5", "--direction", "maximize"])).toEqual(want);
  });

  it("several --metric make several objectives; samples make the mean; --append adds one", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: a}]\n");
    expect(record(repo, ["--metric", "accuracy=0.5", "--metric", "f1=0.4", "--direction", "maximize"])).toMatchObject({
      objectives: [
        { metric: "accuracy", value: 0.5 },
        { metric: "f1", value: 0.4 },
      ],
      primary_index: 0,
    });
    expect(
      record(repo, [
        "--results",
        "{primary_metric: loss, direction: minimize, samples: [1, 2, 6], metrics: {kb: 7}, seed: 3}",
      ]),
    ).toEqual({
      primary_metric: "loss",
      primary_value: 3,
      direction: "minimize",
      samples: [1, 2, 6],
      metrics: { kb: 7 },
      seed: 3,
    });
    expect(record(repo, ["--metric", "loss=7", "--direction", "minimize", "--append"])).toMatchObject({
      primary_value: 4,
      samples: [1, 2, 6, 7],
    });
  });
});

describe("options", () => {
  it("that all commands share may stand before and after the command", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: a}]\n");
    const json = (...args: string[]) => JSON.parse(runProgram(args, { cwd: repo.root }).stdout) as unknown;
    expect(json("--json", "list", "--fields", "id")).toEqual([{ id: "a" }]);
    expect(json("list", "--fields", "id", "--json")).toEqual([{ id: "a" }]);
  });

  it("take any text as their value, also one that looks like an option", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: a}]\n");
    const texts = ["-q", "--json", "-0.1", "--", "--help", "-"];
    for (const text of texts) {
      const ran = runProgram(["update", "--id", "a", "--reason", text, "--note", text], { cwd: repo.root });
      expect(ran).toMatchObject({ code: 0, stdout: "Updated: a status=pending\n" });
    }
    const { stdout } = runProgram(["get", "--id", "a", "--json"], { cwd: repo.root });
    expect(JSON.parse(stdout)).toMatchObject({ reason: "-", notes: texts });
  });
});

/** Runs a program whose standard output is a pipe that does not wait, and reads it a while later. */
const lateReader = `
import fcntl, os, subprocess, sys, time
reader, writer = os.pipe()
fcntl.fcntl(writer, fcntl.F_SETFL, fcntl.fcntl(writer, fcntl.F_GETFL) | os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=writer)
os.close(writer)
time.sleep(1)
with os.fdopen(reader, "rb") as pipe:
    sys.stdout.buffer.write(pipe.read())
sys.exit(child.wait())
`;

describe("output", () => {
  it("ends silently with success when the reader has seen enough", () => {
    const repo = tempRepository();
    const nodes = Array.from({ length: 3000 }, (_, i) => `- {node_id: n${i}, description: ${"x".repeat(60)}}\n`);
    repo.write("ITERATION_TREE.yaml", `nodes:\n${nodes.join("")}`);
    const command = `node ${join(projectRoot, "bin/tree-autoresearch.js")} list | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = runCommand("bash", ["-c", command], { cwd: repo.root });
    expect(stdout).toMatch(/^id .*\n0\n$/);
    expect(stderr).toBe("");
  });

  it("writes a large answer to a pipe whole", () => {
    const repo = tempRepository();
    const nodes = Array.from({ length: 3000 }, (_, i) => `- {node_id: n${i}, description: ${"x".repeat(600)}}\n`);
    repo.write("ITERATION_TREE.yaml", `nodes:\n${nodes.join("")}`);
    expect(JSON.parse(runProgram(["list", "--json"], { cwd: repo.root }).stdout)).toHaveLength(3000);
  });

  it.skipIf(!hasTool("python3", "python3", "-c", ""))("writes it whole to a late reader, too", () => {
    const repo = tempRepository();
    const nodes = Array.from({ length: 3000 }, (_, i) => `- {node_id: n${i}, description: ${"x".repeat(600)}}\n`);
    repo.write("ITERATION_TREE.yaml", `nodes:\n${nodes.join("")}`);
    const received = (...args: readonly string[]) => {
      const { code, stdout, stderr } = runCommand("python3", ["-c", lateReader, process.execPath, ...args], {
        cwd: repo.root,
      });
      expect(code, stderr).toBe(0);
      return stdout;
    };
    const whole = runProgram(["list", "--json"], { cwd: repo.root }).stdout;
    expect(received(program, "list", "--json")).toBe(whole);
    // Control: written once, as much of it arrives as the pipe holds.
    const once = `require("node:fs").writeSync(1, "x".repeat(${whole.length})); process.exit()`;
    expect(received("-e", once).length).toBeLessThan(whole.length);
  });

  it("shows colour only in a terminal, and obeys FORCE_COLOR, NO_COLOR, --no-color and TERM", async () => {
    const repo = await grown();
    const colored = (args: readonly string[], env = {}) =>
      runProgram(["list", ...args], { cwd: repo.root, env }).stdout.includes("\u001b[");
    expect(colored([])).toBe(false);
    expect(colored([], { FORCE_COLOR: "1" })).toBe(true);
    expect(colored(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
    expect(colored([], { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(colored([], { FORCE_COLOR: "0" })).toBe(false);
  });

  it("-q keeps warnings back; --json gives them as one JSON line each", () => {
    const repo = tempRepository();
    repo.write("ITERATION_TREE.yaml", "nodes: [{node_id: a, children: [x]}]\n");
    const stderr = (...args: string[]) => runProgram(["list", ...args], { cwd: repo.root }).stderr;
    expect(stderr()).toMatch(/^warning: .*parent_id decides\n$/);
    expect(stderr("-q")).toBe("");
    expect(JSON.parse(stderr("--json"))).toEqual({ warning: expect.stringContaining("parent_id decides") });
  });
});

describe("the tree file", () => {
  it("is untouched by every command that only looks", async () => {
    const repo = await grown();
    const before = readFileSync(repo.treeFile);
    for (const args of [
      ["list"],
      ["get", "--id", "vit"],
      ["validate"],
      ["visualize"],
      ["best-path"],
      ["compare", "--id", "vit", "--id2", "wide"],
      ["worktree", "--id", "wide"],
    ]) {
      expect(repo.run(...args).code).toBe(0);
    }
    expect(readFileSync(repo.treeFile)).toEqual(before);
  });
});
