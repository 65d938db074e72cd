import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { experiments } from "./experiments.ts";

function waiting() {
  const lab = experiments();
  lab.add("a", "python train.py --lr 3", "--worktree");
  const ran = lab.tree("run", "--id", "a", "--on", "manual");
  expect(ran, JSON.stringify(ran)).toMatchObject({ code: 8 });
  return { lab, ran };
}

describe("run --on manual", () => {
  it("says exactly what a person has to do, and exits with 8", () => {
    const { lab, ran } = waiting();
    expect(ran.code).toBe(8);
    expect(ran.stdout).toBe(
      [
        "Waiting: a; run this, then hand in what it measured:",
        `  directory ${lab.root}/.worktrees/a`,
        `  commit    ${lab.git("rev-parse", "HEAD")}`,
        "  command   python train.py --lr 3",
        "  metrics   accuracy",
        "  then      tree-autoresearch collect --id a --log FILE",
        "",
      ].join("\n"),
    );
    expect(lab.node("a")).toMatchObject({ status: "waiting", attempts: [{ id: 1, where: "manual" }] });
  });

  it("is refused twice, and ended by cancel", () => {
    const { lab } = waiting();
    const again = lab.tree("run", "--id", "a");
    expect(again.code).toBe(4);
    expect(again.stderr).toContain("'a' waits for results already: attempt 1");
    expect(again.stderr).toContain("tree-autoresearch collect --id a");
    expect(lab.tree("cancel", "--id", "a").code).toBe(0);
    expect(lab.node("a")).toMatchObject({
      status: "failed",
      reason: "cancelled",
      attempts: [{ outcome: "cancelled" }],
    });
    expect(lab.tree("run", "--id", "a", "--", "echo METRIC accuracy=0.5").code).toBe(0);
  });
});

describe("collect", () => {
  it("lists what is awaited and since when, for whoever polls", () => {
    const { lab } = waiting();
    lab.add("b", "sbatch train.sh");
    lab.tree("update", "--id", "b", "--status", "waiting", "--reason", "job 4711 is queued");
    const list = lab.tree("collect");
    expect(list.code).toBe(8);
    expect(list.stdout).toMatch(
      /^a {2}since 20\d\d-.*Z {2}python train\.py --lr 3\nb {2}since 20\d\d-.*Z {2}job 4711 is queued\n$/,
    );
    expect(JSON.parse(lab.tree("collect", "--json").stdout)).toMatchObject([
      {
        node_id: "a",
        attempt: 1,
        directory: `${lab.root}/.worktrees/a`,
        command: "python train.py --lr 3",
        metrics: ["accuracy"],
      },
      { node_id: "b", attempt: null, directory: null, reason: "job 4711 is queued" },
    ]);
    lab.tree("cancel", "--id", "a");
    lab.tree("collect", "--id", "b", "--results", "{accuracy: 0.4}");
    expect(lab.node("b")).toMatchObject({ status: "completed", results: { primary_value: 0.4 } });
    expect(lab.tree("collect")).toMatchObject({ code: 0, stdout: "Nothing is awaited.\n" });
  });

  it.each([
    [["--log", "out.log"], "METRIC lines"],
    [["--results-file", "out.json"], "out.json"],
    [["--results", "out.json"], "out.json"],
    [["--results", "{accuracy: 0.7, loss: 2}"], "--results"],
    [
      ["--results", "{primary_metric: accuracy, primary_value: 0.7, direction: maximize, metrics: {loss: 2}}"],
      "--results",
    ],
  ])("takes what was measured as a run does: %j", (given, source) => {
    const { lab } = waiting();
    lab.write("out.log", "METRIC loss=2\nMETRIC accuracy=0.7\n");
    lab.write("out.json", '{"accuracy": 0.7, "loss": 2}');
    const ran = lab.tree("collect", "--id", "a", ...given);
    expect(ran).toMatchObject({ code: 0, stdout: `Collected: a accuracy=0.7 (maximize), from ${source}\n` });
    expect(lab.node("a")).toMatchObject({
      status: "completed",
      results: { primary_value: 0.7, metrics: { loss: 2 } },
      recorded: { commit: lab.git("rev-parse", "HEAD"), clean: true },
      attempts: [{ outcome: "completed", value: 0.7 }],
    });
    expect(lab.tree("logs", "--id", "a").code).toBe(given[0] === "--log" ? 0 : 3);
  });

  it("reads standard input", () => {
    const { lab } = waiting();
    const ran = lab.start("collect", "--id", "a", "--results", "-");
    return ran.ended.then(({ code, stderr }) => {
      // Nothing comes from there, which is no result.
      expect(code).toBe(5);
      expect(stderr).toContain("standard input");
    });
  });

  it.each([
    [["--results", "{loss: 2}"], 5, "accuracy was not measured; there is loss"],
    [["--results", "{accuracy: nan}"], 5, "accuracy is nan in --results"],
    [["--log", "no.log"], 3, '--log "no.log" is no file'],
    [["--log", "out.log", "--results", "{accuracy: 1}"], 2, "Give one of --results, --log and --results-file"],
    [[], 2, "Give one of"],
  ])("changes nothing when it is not what is awaited: %j", (given, code, message) => {
    const { lab } = waiting();
    const before = lab.read("ITERATION_TREE.yaml");
    const ran = lab.tree("collect", "--id", "a", ...given);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(message);
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
  });

  it("is what run --resume says, too, and changes nothing", () => {
    const { lab } = waiting();
    const ran = lab.tree("run", "--resume", "--id", "a");
    expect(ran.code).toBe(8);
    expect(ran.stdout).toContain("Waiting: a; run this");
    expect(lab.node("a").status).toBe("waiting");
  });

  it("writes nothing for an id that is no name", () => {
    const lab = experiments();
    const id = "../../../../../evil";
    lab.write(
      "ITERATION_TREE.yaml",
      `objective: {metric: accuracy, direction: maximize}\nnodes: [{node_id: ${id}, status: waiting, attempts: [{id: 1, where: manual}]}]\n`,
    );
    lab.write("out.log", "METRIC accuracy=0.5\n");
    for (const args of [["collect", "--log", "out.log"], ["logs"]])
      expect(lab.tree(args[0] as string, "--id", id, ...args.slice(1)).code, args[0]).toBe(4);
    expect(lab.node(id)).toMatchObject({ status: "waiting", results: null });
    expect(lab.tree("collect")).toMatchObject({ code: 8, stdout: expect.stringContaining("evil") });
    expect(lab.tree("cancel", "--id", id).code).toBe(0);
    expect(existsSync(join(lab.root, "../evil"))).toBe(false);
    expect(lab.tree("list").code).toBe(0);
  });

  it("refuses a node that does not wait, and results without a node", () => {
    const lab = experiments();
    lab.add("a", "true");
    expect(lab.tree("collect", "--id", "a", "--results", "{accuracy: 1}").stderr).toContain("it is pending");
    expect(lab.tree("collect", "--results", "{accuracy: 1}").code).toBe(2);
    expect(lab.tree("collect", "--id", "b", "--results", "{accuracy: 1}").code).toBe(3);
  });
});
