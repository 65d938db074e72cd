import { describe, expect, it } from "vitest";
import { experiments } from "./experiments.ts";

/** What comes of one run of this command. */
function ranOnce(command: string, settings = "") {
  const lab = experiments();
  if (settings) lab.write("ITERATION_TREE.yaml", `${settings}\n${lab.read("ITERATION_TREE.yaml")}`);
  lab.add("a", command);
  const ran = lab.tree("run", "--id", "a");
  return { lab, ran, node: lab.node("a") };
}

describe("the metrics of a run", () => {
  it.each([
    ["METRIC lines", "echo METRIC accuracy=0.5; echo '  METRIC   loss = 1e-3 '", 0.5, { loss: 0.001 }],
    ["METRIC lines", "printf '10%%\\r20%%\\rMETRIC accuracy=0.5\\r\\n'", 0.5, undefined],
    ["METRIC lines", "printf '\\033[32mMETRIC accuracy=.5\\033[0m\\n'", 0.5, undefined],
    [
      "the summary after ---",
      "printf -- '---\\naccuracy: 0.1\\n---\\naccuracy:  0.5\\nnote: x y\\nms: 12\\n'",
      0.5,
      { ms: 12 },
    ],
    [
      "the last line",
      `echo start; echo '{"accuracy": 0.5, "loss": NaN, "deep": {"x": 1}, "ms": 12}'; echo`,
      0.5,
      { ms: 12 },
    ],
    ["the results file", `echo '{"accuracy": 0.5, "ms": 12}' > $TREE_AUTORESEARCH_RESULTS`, 0.5, { ms: 12 }],
    ["the results file", `printf 'accuracy: 0.5\\nms: 12\\n' > $TREE_AUTORESEARCH_RESULTS`, 0.5, { ms: 12 }],
  ])("come from %s: %s", (source, command, value, metrics) => {
    const { ran, node } = ranOnce(command);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain(`from ${source}\n`);
    expect(node.results).toMatchObject({ primary_metric: "accuracy", primary_value: value });
    expect(node.results?.metrics).toEqual(metrics);
  });

  it("come from the tree's own expressions", () => {
    const settings = `metrics: {patterns: {accuracy: "val_acc=([0-9.]+)", epochs: "^epoch \\\\d+"}}`;
    const { ran, node } = ranOnce("echo 'epoch 7 val_acc=0.4'; echo 'epoch 8 val_acc=0.5'", settings);
    expect(ran.stdout).toContain("accuracy=0.5 (maximize)");
    expect(ran.stdout).toContain("from metrics.patterns");
    expect(node.results?.metrics).toBeUndefined();
  });

  it("come from the tree's results file, unless an earlier run left it", () => {
    const lab = experiments({ objective: false });
    const head = "metrics: {results_file: out.yaml}\n";
    lab.write("ITERATION_TREE.yaml", `${head}${lab.read("ITERATION_TREE.yaml")}`);
    const results =
      "{objectives: [{metric: f1, value: 0.5, direction: maximize, samples: [0.4, 0.6]}, {metric: ms, value: 3, direction: minimize}], primary_index: 1, metrics: {n: 7}}";
    lab.add("a", `echo '${results}' > out.yaml`);
    const ran = lab.tree("run", "--id", "a");
    expect(ran.stdout).toContain("f1=0.5 (maximize), ms=3 (minimize)");
    expect(ran.stdout).toContain("from out.yaml");
    expect(lab.node("a").results).toMatchObject({
      objectives: [
        { metric: "f1", value: 0.5, samples: [0.4, 0.6] },
        { metric: "ms", value: 3 },
      ],
      primary_index: 1,
      metrics: { n: 7 },
    });
    expect(lab.tree("run", "--id", "a", "--", "true").stdout).toContain("ms was not measured");
  });

  it("come first from the results file, then as the log has them; the output names each source", () => {
    const settings = "objective: {metric: accuracy, direction: maximize}";
    const lab = experiments({ objective: false });
    lab.write("ITERATION_TREE.yaml", `version: 1\n${settings}\nnodes: []\n`);
    lab.add(
      "a",
      `echo METRIC loss=9; echo METRIC accuracy=0.9312; echo '{"accuracy": 0.93, "loss": 1}' > $TREE_AUTORESEARCH_RESULTS`,
    );
    // 0.93 is 0.9312 with fewer digits.
    expect(lab.tree("run", "--id", "a").stdout).toContain("accuracy=0.93 (maximize) in");
    expect(lab.node("a").results?.metrics).toEqual({ loss: 1 });
  });

  it.each([
    [
      "disagree",
      "echo METRIC accuracy=0.4; echo '{\"accuracy\": 0.5}'",
      "accuracy is 0.4 in METRIC lines, and 0.5 in the last line",
    ],
    ["are missing", "echo METRIC loss=1", "accuracy was not measured; there is loss"],
    [
      "are missing at all",
      "echo hello",
      "accuracy was not measured. Let the experiment print a line: METRIC accuracy=0.92",
    ],
    [
      "are NaN",
      "echo METRIC accuracy=0.9; echo METRIC accuracy=NaN",
      "accuracy is NaN in METRIC lines, which is no finite number",
    ],
    ["are infinite", "echo METRIC accuracy=-inf", "accuracy is -inf in METRIC lines"],
    ["are no number", "echo METRIC accuracy=0.9; echo METRIC accuracy=n/a", "accuracy is n/a in METRIC lines"],
    [
      "are said without a value at the end",
      "echo METRIC accuracy=0.9; echo METRIC accuracy=",
      "accuracy is  in METRIC lines",
    ],
    [
      "are said with more behind",
      "echo METRIC accuracy=0.9; echo 'METRIC accuracy=0.8 (best)'",
      "accuracy is 0.8 (best) in METRIC lines",
    ],
    [
      "are null in the results file",
      "echo METRIC accuracy=0.9; echo '{accuracy: null}' > $TREE_AUTORESEARCH_RESULTS",
      "accuracy is null in the results file",
    ],
    ["are in a malformed results file", "echo '{accuracy: [' > $TREE_AUTORESEARCH_RESULTS", "the results file:1:13"],
    [
      "are in a results file that is a list",
      "echo '[1]' > $TREE_AUTORESEARCH_RESULTS",
      "expected a mapping of names and numbers",
    ],
    ["are in a folder", "mkdir $TREE_AUTORESEARCH_RESULTS", "the results file is no file"],
    ["are too many", "head -c 2000000 /dev/zero > $TREE_AUTORESEARCH_RESULTS", "has 2000000 bytes"],
    [
      "contradict the tree",
      "echo '{primary_metric: accuracy, primary_value: 0.5, direction: minimize}' > $TREE_AUTORESEARCH_RESULTS",
      "'accuracy' is to maximize in this tree, received minimize",
    ],
    [
      "are half of the results",
      "echo '{primary_metric: accuracy, direction: maximize}' > $TREE_AUTORESEARCH_RESULTS",
      "a number is missing",
    ],
  ])("that %s fail the run, and the value is not known", (_, command, reason) => {
    const { ran, node } = ranOnce(command);
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain(reason);
    expect(node).toMatchObject({ status: "failed", results: null, attempts: [{ outcome: "failed", exit: 0 }] });
    expect(node.attempts?.[0]).not.toHaveProperty("value");
  });

  it("that are said again count as they were said last", () => {
    expect(ranOnce("echo METRIC accuracy=0.9; echo METRIC accuracy=0.2").node.results?.primary_value).toBe(0.2);
  });

  it("do not come from a last line that is about something else", () => {
    expect(ranOnce(`echo METRIC accuracy=0.5; echo '{"objectives": 3}'`).node.results?.primary_value).toBe(0.5);
  });

  it("are not waited for when an expression takes for ever", () => {
    const { ran, node } = ranOnce(
      `echo METRIC accuracy=0.5; echo ${"a".repeat(60)}b`,
      `metrics: {patterns: {x: "^(a+)+$"}}`,
    );
    expect(ran.code).toBe(7);
    expect(node.reason).toContain("metrics.patterns took longer than 6");
  });

  it("are not looked for outside of the worktree", () => {
    const { ran } = ranOnce("true", "metrics: {results_file: ../../x.json}");
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain("metrics.results_file");
  });

  it("of a run that failed are none", () => {
    const { node } = ranOnce("echo METRIC accuracy=0.9; exit 1");
    expect(node).toMatchObject({ status: "failed", reason: "exit code 1", results: null });
  });

  it("are shown for any log, with where they come from, and nothing is written", () => {
    const lab = experiments();
    lab.write("old.log", "METRIC accuracy=0.5\nMETRIC loss=2\n");
    const before = lab.read("ITERATION_TREE.yaml");
    const ran = lab.tree("run", "--extract", "old.log", "--dry-run");
    expect(ran.stdout).toBe("accuracy=0.5 (maximize), from METRIC lines\nmetrics: loss=2\n");
    expect(lab.tree("run", "--extract", "old.log").code).toBe(2);
    expect(lab.tree("run", "--extract", "no.log", "--dry-run").code).toBe(3);
    lab.write("old.log", "nothing\n");
    expect(lab.tree("run", "--extract", "old.log", "--dry-run").code).toBe(5);
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
  });

  it("with an expression that is none are refused before anything runs, with where it stands", () => {
    const { lab, ran, node } = ranOnce("touch ran", `metrics: {patterns: {accuracy: "("}}`);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain("metrics.patterns.accuracy: Invalid regular expression");
    expect(node.status).toBe("pending");
    expect(lab.exists(".worktrees/a/ran")).toBe(false);
    expect(lab.tree("validate").code).toBe(5);
  });
});
