import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { experiments, longSleep, processesOf, until } from "./experiments.ts";

const scratchIn = (root: string) =>
  readdirSync(join(root, ".git/tree-autoresearch")).filter((name) => name.startsWith("scratch."));

describe("reproduce", () => {
  it("runs the recorded commit in a worktree of its own, and leaves nothing", () => {
    const lab = experiments();
    lab.add("a", "cat value; pwd", "--worktree");
    lab.write(".worktrees/a/value", "METRIC accuracy=0.8\n");
    expect(lab.tree("run", "--id", "a", "--commit").code).toBe(0);
    // What is in the worktree now is another experiment.
    lab.write(".worktrees/a/value", "METRIC accuracy=0.1\n");
    const [before, worktrees] = [lab.read("ITERATION_TREE.yaml"), lab.git("worktree", "list")];
    const ran = lab.tree("reproduce", "--id", "a");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(ran.stdout).toMatch(/^Reproduced: a at [0-9a-f]{7}\n {2}accuracy {2}0\.8 recorded, 0\.8 now: 0 apart/);
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
    expect(lab.git("worktree", "list")).toBe(worktrees);
    expect(scratchIn(lab.root)).toEqual([]);
    expect(lab.read(".worktrees/a/value")).toBe("METRIC accuracy=0.1\n");
  });

  it("says when it is not reproduced, by how much, and exits with 7", () => {
    const lab = experiments();
    lab.add("a", `n=$(cat ${lab.root}/n); echo METRIC accuracy=0.$n`);
    lab.write("n", "8");
    lab.tree("run", "--id", "a");
    lab.write("n", "7");
    const ran = lab.tree("reproduce", "--id", "a", "--json");
    expect(ran.code).toBe(7);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      node_id: "a",
      reproduced: false,
      objectives: [{ metric: "accuracy", recorded: 0.8, measured: 0.7, reproduced: false }],
    });
    expect(lab.tree("reproduce", "--id", "a", "--tolerance", "0.1").code).toBe(0);
    expect(lab.tree("reproduce", "--id", "a", "--tolerance", "0.09").code).toBe(7);
    expect(lab.tree("reproduce", "--id", "a", "--tolerance", "much").code).toBe(2);
  });

  it("allows what the node's own samples differ by", () => {
    const lab = experiments();
    lab.add("a", `n=$(cat ${lab.root}/n); echo METRIC accuracy=0.$n`);
    for (const n of ["70", "72", "74"]) {
      lab.write("n", n);
      lab.tree("run", "--id", "a");
    }
    lab.write("n", "75");
    expect(lab.tree("reproduce", "--id", "a").code).toBe(0);
    lab.write("n", "80");
    const ran = lab.tree("reproduce", "--id", "a", "--repeat", "2");
    expect(ran.code).toBe(7);
    // 2 s sqrt(1/3 + 1/2) with s = 0.02
    expect(ran.stdout).toContain("0.72 recorded, 0.8 now: 0.08 apart, up to 0.0365148 allowed");
  });

  it("gives each run the seed of a recorded one", () => {
    const lab = experiments();
    lab.add("a", "echo METRIC accuracy=0.$SEED");
    lab.tree("run", "--id", "a", "--repeat", "2", "--seed-env", "SEED");
    const ran = lab.tree("reproduce", "--id", "a", "--repeat", "2", "--seed-env", "SEED", "--tolerance", "0");
    expect(ran.stdout).toContain("0.15 recorded, 0.15 now");
  });

  it("shows how a run failed", () => {
    const lab = experiments();
    lab.add("a", `test -e ${lab.root}/ok && echo METRIC accuracy=0.8 || { echo broken; exit 3; }`);
    lab.write("ok", "");
    lab.tree("run", "--id", "a");
    rmSync(join(lab.root, "ok"));
    const ran = lab.tree("reproduce", "--id", "a");
    expect(ran.code).toBe(7);
    expect(ran.stdout).toMatch(/^Not reproduced: a at [0-9a-f]{7}: exit code 3\n\| broken\n$/);
  });

  it("runs what measured the results, whatever the command is by now", () => {
    const lab = experiments();
    lab.add("a", "echo METRIC accuracy=0.8");
    lab.tree("run", "--id", "a");
    lab.tree("run", "--id", "a", "--", "false");
    lab.tree("update", "--id", "a", "--cmd", "exit 9");
    expect(lab.tree("reproduce", "--id", "a")).toMatchObject({ code: 0, stderr: "" });
    expect(lab.node("a").recorded).toMatchObject({ command: "echo METRIC accuracy=0.8" });
    lab.tree("run", "--id", "a", "--", "echo METRIC accuracy=0.7");
    expect(lab.node("a").recorded?.command).toBeUndefined();
  });

  it("leaves nothing when its supervisor is killed", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    lab.add("a", `test -e ${lab.root}/slow && ${sleep}; echo METRIC accuracy=0.5`);
    lab.tree("run", "--id", "a");
    lab.write("slow", "");
    const ran = lab.start("reproduce", "--id", "a");
    await until(() => processesOf(sleep).length > 0);
    for (const pid of processesOf(`supervise.js ${lab.root}`)) process.kill(pid, "SIGKILL");
    expect((await ran.ended).code).toBe(7);
    expect(processesOf(sleep)).toEqual([]);
  });

  it("refuses what has no results, or none of a known commit", () => {
    const lab = experiments();
    lab.add("a", "true");
    expect(lab.tree("reproduce", "--id", "a").stderr).toContain("'a' has no results that could be reproduced");
    lab.tree("update", "--id", "a", "--metric", "accuracy=0.5");
    expect(lab.tree("reproduce", "--id", "a")).toMatchObject({ code: 4 });
    expect(lab.tree("reproduce", "--id", "b").code).toBe(3);
  });

  it("ends with Ctrl-C, and when it is killed what it runs ends, too", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    lab.add("a", `test -e ${lab.root}/slow && ${sleep}; echo METRIC accuracy=0.5`);
    lab.tree("run", "--id", "a");
    lab.write("slow", "");
    const worktrees = lab.git("worktree", "list");
    const interrupted = lab.start("reproduce", "--id", "a");
    await until(() => processesOf(sleep).length > 0);
    interrupted.kill("SIGINT");
    expect((await interrupted.ended).code).toBe(130);
    expect(processesOf(sleep)).toEqual([]);
    expect(scratchIn(lab.root)).toEqual([]);
    const killed = lab.start("reproduce", "--id", "a");
    await until(() => processesOf(sleep).length > 0);
    killed.kill("SIGKILL");
    await killed.ended;
    await until(() => processesOf(sleep).length === 0);
    // The next one clears away what it left.
    lab.tree("reproduce", "--id", "a", "--timeout", "0.1s", "--grace", "1s");
    expect(scratchIn(lab.root)).toEqual([]);
    expect(lab.git("worktree", "list")).toBe(worktrees);
  });
});
