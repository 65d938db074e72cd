import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { experiments, longSleep, processesOf, until } from "./experiments.ts";

const measure = (value: number | string) => `echo METRIC accuracy=${value}`;

describe("run", () => {
  it("runs the command in its worktree, and records commit, results and attempt", () => {
    const lab = experiments();
    lab.add("a", "pwd; cat train.mjs; echo oops >&2; echo METRIC accuracy=0.91; echo METRIC loss=0.3");
    const ran = lab.tree("run", "--id", "a");
    expect(ran.stdout).toMatch(/^Completed: a accuracy=0\.91 \(maximize\) in [\d.]+ s, from METRIC lines\n$/);
    expect(ran.code).toBe(0);
    const head = lab.git("rev-parse", "HEAD");
    const node = lab.node("a");
    expect(node).toMatchObject({
      status: "completed",
      worktree: { path: ".worktrees/a", commit: head },
      results: { primary_metric: "accuracy", primary_value: 0.91, direction: "maximize", metrics: { loss: 0.3 } },
      recorded: { commit: head, clean: true },
    });
    const [attempt] = node.attempts ?? [];
    expect(attempt).toMatchObject({ id: 1, where: "local", outcome: "completed", exit: 0, commit: head, value: 0.91 });
    expect(attempt?.process).toBeUndefined();
    expect(attempt?.seconds).toBeGreaterThan(0);
    expect(readFileSync(join(lab.state, attempt?.log ?? ""), "utf8")).toBe(
      `${join(lab.root, ".worktrees/a")}\nconsole.log('accuracy: 0.9');\noops\nMETRIC accuracy=0.91\nMETRIC loss=0.3\n`,
    );
    expect(lab.git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch/a")).toContain(head.slice(0, 7));
  });

  it("runs in the node's working_dir", () => {
    const lab = experiments();
    lab.write("src/x.py", "\n");
    lab.git("add", "src");
    lab.git("commit", "--quiet", "-m", "src");
    lab.add("a", 'test -f x.py && basename "$PWD" && echo METRIC accuracy=1', "--working-dir", "src");
    expect(lab.tree("run", "--id", "a").code).toBe(0);
  });

  it("refuses modified files, and runs them with --allow-dirty as what cannot be repeated", () => {
    const lab = experiments();
    lab.add("a", measure(0.5), "--worktree");
    lab.write(".worktrees/a/train.mjs", "changed\n");
    const refused = lab.tree("run", "--id", "a");
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("uncommitted changes in 1 tracked file: train.mjs");
    expect(lab.node("a")).toMatchObject({ status: "pending" });
    expect(lab.node("a").attempts).toBeUndefined();
    expect(lab.tree("run", "--id", "a", "--allow-dirty").code).toBe(0);
    expect(lab.node("a").recorded?.clean).toBe(false);
    // What is not clean never joins.
    expect(lab.tree("run", "--id", "a", "--allow-dirty").code).toBe(0);
    expect(lab.node("a").results).not.toHaveProperty("samples");
  });

  it("commits everything first with --commit", () => {
    const lab = experiments();
    lab.add("a", "cat new.txt; echo METRIC accuracy=0.5", "--worktree");
    lab.write(".worktrees/a/new.txt", "new\n");
    expect(lab.tree("run", "--id", "a", "--commit", "-m", "a new file").code).toBe(0);
    const commit = lab.node("a").worktree?.commit ?? "";
    expect(lab.git("log", "-1", "--format=%s", commit)).toBe("a new file");
    expect(lab.git("show", `${commit}:new.txt`)).toBe("new");
  });

  it("replaces what was entered by hand, and joins runs of the same commit and command into samples", () => {
    const lab = experiments();
    lab.add("a", "echo METRIC accuracy=0.$SEED", "--worktree");
    lab.tree("update", "--id", "a", "--metric", "accuracy=0.99");
    expect(lab.tree("run", "--id", "a", "--repeat", "3", "--seed-env", "SEED").code).toBe(0);
    expect(lab.node("a").results).toMatchObject({ primary_value: 0.2, samples: [0.1, 0.2, 0.3] });
    expect(lab.node("a").attempts?.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    // Another command is another experiment, and so is another commit.
    expect(lab.tree("run", "--id", "a", "--", "echo METRIC accuracy=0.7").code).toBe(0);
    expect(lab.node("a")).toMatchObject({ command: "echo METRIC accuracy=0.7", results: { primary_value: 0.7 } });
    expect(lab.node("a").results).not.toHaveProperty("samples");
    lab.write(".worktrees/a/train.mjs", "changed\n");
    expect(lab.tree("run", "--id", "a", "--commit").code).toBe(0);
    expect(lab.node("a").results).not.toHaveProperty("samples");
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    expect(lab.node("a").results).toMatchObject({ samples: [0.7, 0.7] });
    // Results that were read in another way were measured in another way.
    lab.write("ITERATION_TREE.yaml", `metrics: {patterns: {x: "y"}}\n${lab.read("ITERATION_TREE.yaml")}`);
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    expect(lab.node("a").results).not.toHaveProperty("samples");
  });

  it("passes the words behind -- on as they are", () => {
    const lab = experiments();
    lab.add("a", "false");
    expect(lab.tree("run", "--id", "a", "--", "printf", "%s\\n", "METRIC accuracy=0.4", "it's").code).toBe(0);
    expect(lab.node("a").command).toBe("printf '%s\\n' 'METRIC accuracy=0.4' 'it'\\''s'");
  });

  it("refuses before anything runs when nobody knows what counts, and writes it when told", () => {
    const lab = experiments({ objective: false });
    lab.add("a", `${measure(0.5)}; echo METRIC loss=0.1`);
    const refused = lab.tree("run", "--id", "a");
    expect(refused).toMatchObject({ code: 4, stdout: "" });
    expect(refused.stderr).toContain("tree-autoresearch run --id a --objective accuracy:maximize");
    expect(lab.node("a").worktree).toBeNull();
    expect(lab.tree("run", "--id", "a", "--objective", "loss:minimize").code).toBe(0);
    expect(lab.read("ITERATION_TREE.yaml")).toMatch(/^objective:\n {2}metric: "loss"\n {2}direction: "minimize"\n/m);
    expect(lab.node("a").results).toMatchObject({ primary_metric: "loss", metrics: { accuracy: 0.5 } });
    const other = lab.tree("run", "--id", "a", "--objective", "accuracy:maximize");
    expect(other.code).toBe(4);
    expect(other.stderr).toContain("The tree's objective is loss (minimize), received accuracy (maximize)");
    expect(lab.tree("run", "--id", "a", "--objective", "accuracy").code).toBe(2);
  });

  it("takes the objective from the first root's results, all of them", () => {
    const lab = experiments({ objective: false });
    lab.add("root", "true");
    const objectives = "{metric: accuracy, value: 1, direction: maximize}, {metric: ms, value: 3, direction: minimize}";
    lab.tree("update", "--id", "root", "--results", `{objectives: [${objectives}]}`);
    lab.add("a", "echo METRIC ms=2; echo METRIC accuracy=0.9; echo METRIC loss=1");
    expect(lab.tree("run", "--id", "a").stdout).toContain("a accuracy=0.9 (maximize), ms=2 (minimize) in");
    expect(lab.node("a").results).toMatchObject({ primary_index: 0, metrics: { loss: 1 } });
  });

  it("fails a run, keeps what was measured before, and ends with the last lines of its log, marked", () => {
    const lab = experiments();
    lab.add("a", measure(0.5));
    lab.tree("run", "--id", "a");
    const command = "for i in $(seq 30); do echo line $i; done; printf '\\033[31m::error::x\\n'; exit 3";
    const ran = lab.tree("run", "--id", "a", "--", command);
    expect(ran.code).toBe(7);
    const [head, ...lines] = ran.stdout.trimEnd().split("\n");
    expect(head).toMatch(/^Failed: a attempt 2 after [\d.]+ s: exit code 3$/);
    expect(lines).toHaveLength(20);
    expect(lines[0]).toBe("| line 12");
    expect(lines.at(-1)).toBe("| \\e[31m::error::x");
    expect(lab.node("a")).toMatchObject({ status: "failed", reason: "exit code 3", results: { primary_value: 0.5 } });
  });

  it("stops repeating when a run fails, and keeps the samples so far", () => {
    const lab = experiments();
    lab.add("a", 'test "$SEED" -lt 3 && echo METRIC accuracy=0.$SEED');
    expect(lab.tree("run", "--id", "a", "--repeat", "5", "--seed-env", "SEED").code).toBe(7);
    expect(lab.node("a")).toMatchObject({ status: "failed", results: { samples: [0.1, 0.2] } });
    expect(lab.node("a").attempts).toHaveLength(3);
  });

  it("runs several at a time, each with its own GPU, and each node's outcome in the output", async () => {
    const lab = experiments();
    // Each waits for the other one: only together can they end.
    const meet = (own: string, other: string) =>
      `touch ../${own}.here; while [ ! -e ../${other}.here ]; do sleep 0.05; done; echo gpu $CUDA_VISIBLE_DEVICES; ${measure(0.5)}`;
    lab.add("a", meet("a", "b"));
    lab.add("b", meet("b", "a"));
    lab.add("c", "exit 1");
    const ran = await lab.start("run", "--id", "a", "b", "c", "--gpus", "5,7", "--timeout", "60s").ended;
    expect(ran.code).toBe(7);
    expect(ran.stdout).toMatch(/^Completed: a .*\nCompleted: b .*\nFailed: c /);
    const gpus = ["a", "b"].map((id) => lab.tree("logs", "--id", id).stdout.split("\n")[0]);
    expect(gpus.toSorted()).toEqual(["gpu 5", "gpu 7"]);
  });

  it("runs all pending nodes, those under the best first", () => {
    const lab = experiments();
    lab.add("poor", "true");
    lab.add("good", "true");
    lab.tree("update", "--id", "poor", "--metric", "accuracy=0.1");
    lab.tree("update", "--id", "good", "--metric", "accuracy=0.9");
    for (const [id, parent] of [
      ["x", "poor"],
      ["y", "good"],
      ["z", "good"],
    ] as const)
      lab.add(id, `echo ${id} >> ${lab.root}/order; ${measure(0.5)}`, "--parent", parent);
    lab.add("last", `echo last >> ${lab.root}/order; ${measure(0.5)}`);
    lab.tree("prune", "--id", "z", "--reason", "no");
    expect(lab.tree("run", "--pending").code).toBe(0);
    expect(lab.read("order")).toBe("y\nx\nlast\n");
    expect(lab.tree("run", "--pending")).toMatchObject({ code: 0, stdout: "No nodes to run.\n" });
  });

  it("refuses what is pruned, what runs already, and what is not there, before anything runs", async () => {
    const lab = experiments();
    lab.add("a", "true");
    lab.add("b", `touch ${lab.root}/ran`, "--parent", "a");
    lab.tree("prune", "--id", "a", "--reason", "no");
    expect(lab.tree("run", "--id", "b").stderr).toContain("counts as pruned, since 'a' above it is");
    expect(lab.tree("run", "--id", "nowhere", "b").code).toBe(3);
    lab.tree("prune", "--id", "a", "--undo");
    lab.tree("update", "--id", "a", "--cmd", longSleep());
    const first = lab.start("run", "--id", "a");
    await until(() => lab.node("a").status === "running");
    const second = lab.tree("run", "--id", "b", "a");
    expect(second.code).toBe(4);
    expect(second.stderr).toContain("'a' runs already: attempt 1, since");
    expect(lab.exists("ran")).toBe(false);
    first.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
  });

  it("shows a plan with --dry-run, and does nothing", () => {
    const lab = experiments();
    lab.add("a", "touch ran", "--worktree");
    const before = lab.read("ITERATION_TREE.yaml");
    const ran = lab.tree("run", "--id", "a", "--dry-run");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(`run in ${lab.root}/.worktrees/a: touch ran`);
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
    expect(lab.exists(".worktrees/a/ran")).toBe(false);
  });

  it("answers with --json as one value, whatever came of it", () => {
    const lab = experiments();
    lab.add("a", measure(0.5));
    lab.add("b", "echo no; exit 2");
    const ran = lab.tree("run", "--id", "a", "b", "--json");
    expect(ran).toMatchObject({ code: 7, stderr: "" });
    expect(JSON.parse(ran.stdout)).toMatchObject([
      {
        node_id: "a",
        status: "completed",
        results: { primary_value: 0.5 },
        attempts: [{ id: 1, outcome: "completed" }],
      },
      { node_id: "b", status: "failed", reason: "exit code 2", attempts: [{ exit: 2, log_tail: ["no"] }] },
    ]);
  });

  it.each([
    [["run"], "No node was given"],
    [["run", "--id", "a", "--pending"], "Give either --id or --pending"],
    [["run", "--id", "a", "--timeout", "soon"], "Expected a duration"],
    [["run", "--id", "a", "--timeout", "0"], "Expected a duration"],
    [["run", "--id", "a", "--repeat", "0"], "Expected a whole number from 1"],
    [["run", "--id", "a", "--seed-env", "A B"], "Expected the name of a variable"],
    [["run", "--id", "a", "--max-log", "much"], "Expected a size"],
    [["run", "--id", "a", "--jobs", "3", "--gpus", "0"], "each job needs one of its own"],
    [["run", "--id", "a", "--commit", "--allow-dirty"], "exclude each other"],
    [["run", "--id", "a", "--repeat", "2", "--allow-dirty"], "exclude each other"],
    [["run", "--id", "a", "--gpus", ""], "Expected names with commas between"],
    [["run", "--id", "a", "--seed-env", "PATH"], "a variable that nothing else needs"],
    [["run", "--id", "a", "--on", "manual", "--timeout", "5m"], "--timeout is nothing that could be seen to"],
    [["run", "--id", "a", "--on", "manual", "--repeat", "2"], "--repeat is nothing that could be seen to"],
    [["run", "--id", "a", "--on", "mars"], "Allowed choices are local, manual"],
  ])("refuses %j: %s", (args, message) => {
    const lab = experiments();
    const ran = lab.tree(...args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});

describe("what a run says when it is refused", () => {
  it("can be pasted, whatever a node is called", () => {
    const lab = experiments();
    const id = "x; touch pwned #";
    lab.write("ITERATION_TREE.yaml", `nodes: [{node_id: '${id}', command: x}]\n`);
    for (const command of ["logs", "reproduce", "cancel"])
      expect(lab.tree(command, "--id", id).stderr, command).toContain(`--id '${id}'`);
  });

  it("leaves no objective behind, and names its own options", () => {
    const lab = experiments({ objective: false });
    lab.add("a", measure(0.5), "--worktree");
    lab.write(".worktrees/a/train.mjs", "changed");
    const ran = lab.tree("run", "--id", "a", "--objective", "accuracy:minimize");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("with --commit -m MESSAGE. --allow-dirty runs them as they are");
    expect(lab.read("ITERATION_TREE.yaml")).not.toContain("objective");
    expect(
      lab.tree("run", "--id", "a", "--objective", "accuracy:minimize", "--dry-run", "--allow-dirty").stdout,
    ).toContain("objective");
    expect(lab.tree("run", "--id", "a", "--objective", "accuracy:maximize", "--allow-dirty").code).toBe(0);
    expect(lab.read("ITERATION_TREE.yaml")).toContain("maximize");
  });

  it("keeps no other pending node from running", () => {
    const lab = experiments();
    lab.add("a", measure(0.5));
    lab.write("ITERATION_TREE.yaml", `${lab.read("ITERATION_TREE.yaml")}  - {node_id: "exp 1", command: "true"}\n`);
    expect(lab.tree("run", "--pending").code).toBe(0);
    expect(lab.node("a").status).toBe("completed");
    expect(lab.node("exp 1").status).toBe("pending");
  });

  it("is told with a hint for each of several nodes", () => {
    const lab = experiments();
    for (const id of ["a", "b"]) lab.add(id, measure(0.5), "--worktree");
    lab.write(".worktrees/b/train.mjs", "changed");
    const ran = lab.tree("run", "--id", "a", "b");
    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(/Not run: b .*\n {2}hint: Commit them/);
  });
});

describe("the tree's budget", () => {
  it("ends a run that takes too long, and says so", () => {
    const lab = experiments();
    const sleep = longSleep();
    lab.write("ITERATION_TREE.yaml", `budget: {run: 1s}\n${lab.read("ITERATION_TREE.yaml")}`);
    lab.add("a", sleep);
    expect(lab.tree("run", "--id", "a", "--timeout", "1h").code).toBe(7);
    expect(lab.node("a")).toMatchObject({ status: "failed", reason: "timeout: stopped after 1 s, its budget" });
    expect(processesOf(sleep)).toEqual([]);
  });

  it("is exhausted by time, with the numbers and exit code 10", () => {
    const lab = experiments();
    lab.write("ITERATION_TREE.yaml", `budget: {total: 2s}\n${lab.read("ITERATION_TREE.yaml")}`);
    lab.add("a", `sleep 1; ${measure(0.5)}`);
    lab.add("b", longSleep());
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    const rest = lab.tree("run", "--id", "b");
    expect(rest.code).toBe(10);
    expect(rest.stdout).toMatch(/timeout: stopped after (0\.\d+|1) s/);
    const none = lab.tree("run", "--id", "a");
    expect(none.code).toBe(10);
    expect(none.stderr).toMatch(/The budget is exhausted: [23] s of 2 s are spent/);
    expect(lab.node("a").attempts).toHaveLength(1);
  });

  it("is shared by those that run at the same time, and counts those that nobody recorded", () => {
    const lab = experiments();
    lab.write("ITERATION_TREE.yaml", `budget: {total: 4s}\n${lab.read("ITERATION_TREE.yaml")}`);
    for (const id of ["a", "b"]) lab.add(id, longSleep());
    const both = lab.tree("run", "--id", "a", "b", "--jobs", "2");
    expect(both.code, both.stdout + both.stderr).toBe(10);
    for (const id of ["a", "b"]) expect(lab.node(id).attempts?.[0]).toMatchObject({ outcome: "timeout", limit: 2 });
    expect(lab.node("a").reason).toContain("its share of what was left of the budget");
    const spent = ["a", "b"].reduce((sum, id) => sum + (lab.node(id).attempts?.[0]?.seconds ?? 0), 0);
    expect(spent).toBeLessThan(8);
    const text = lab
      .read("ITERATION_TREE.yaml")
      .replace(/ *seconds: .*\n/g, "")
      .replace(/ended_at: .*/g, 'ended_at: "2100-01-01T00:00:00Z"');
    lab.write("ITERATION_TREE.yaml", text);
    expect(lab.tree("run", "--id", "a").code).toBe(10);
  });

  it("is shared once: who comes later gets no less than is left for it", () => {
    const lab = experiments();
    lab.write("ITERATION_TREE.yaml", `budget: {total: 60s}\n${lab.read("ITERATION_TREE.yaml")}`);
    for (const id of ["a", "b", "c"]) lab.add(id, `sleep 0.3; ${measure(0.5)}`);
    expect(lab.tree("run", "--id", "a", "b", "c", "--jobs", "2").code).toBe(0);
    const limits = ["a", "b", "c"].map((id) => Number(lab.node(id).attempts?.[0]?.["limit"]));
    expect(limits[0]).toBe(30);
    expect(limits[1]).toBe(30);
    expect(limits[2]).toBeGreaterThan(29);
  });

  it("is exhausted by nodes; those that have run may again", () => {
    const lab = experiments();
    lab.write("ITERATION_TREE.yaml", `budget: {nodes: 1}\n${lab.read("ITERATION_TREE.yaml")}`);
    lab.add("a", measure(0.5));
    lab.add("b", measure(0.5));
    expect(lab.tree("run", "--id", "a", "b").code).toBe(10);
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    expect(lab.tree("run", "--id", "b").stderr).toContain("1 of 1 nodes are spent");
  });

  it("that makes no sense is refused", () => {
    const lab = experiments();
    lab.write("ITERATION_TREE.yaml", `budget: {run: soon}\n${lab.read("ITERATION_TREE.yaml")}`);
    lab.add("a", measure(0.5));
    const ran = lab.tree("run", "--id", "a");
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain("budget.run: expected a duration such as 10m or 8h, received 'soon'");
  });
});
