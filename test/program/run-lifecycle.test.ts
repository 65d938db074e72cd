import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { identityOf } from "../../src/system/process-identity.ts";
import { tempFolder } from "../temp-repository.ts";
import { type Experiments, experiments, longSleep, processesOf, until } from "./experiments.ts";

/** Starts a run of `a` that says something, and then sleeps. */
async function running(lab: Experiments, sleep: string, ...args: readonly string[]) {
  lab.add("a", `echo METRIC accuracy=0.1; ${sleep}`);
  const run = lab.start("run", "--id", "a", ...args);
  await until(() => processesOf(sleep).length > 0);
  return run;
}

/** Starts a run of `a` that waits for a file, and kills whoever asked for it. */
async function orphaned(lab: Experiments) {
  const wait = `while [ ! -e ${lab.root}/go ]; do sleep 0.05; done`;
  lab.add("a", `touch ${lab.root}/begun; ${wait}; echo METRIC accuracy=0.7`);
  const run = lab.start("run", "--id", "a");
  await until(() => lab.exists("begun"));
  run.kill("SIGKILL");
  await run.ended;
}

const supervisorsOf = (lab: Experiments) => processesOf(`supervise.js ${lab.state}`);

/** As the kernel does, or a machine that goes down. */
function killAll(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

describe("Ctrl-C", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("(%s) stops the experiment, records it as interrupted, and exits with %i", async (signal, code) => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    run.kill(signal);
    expect((await run.ended).code).toBe(code);
    expect(processesOf(sleep)).toEqual([]);
    expect(lab.node("a")).toMatchObject({
      status: "failed",
      reason: "interrupted: the run was stopped",
      attempts: [{ outcome: "interrupted" }],
    });
  });

  it("starts nothing more", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    lab.add("b", `touch ${lab.root}/ran`);
    lab.add("a", sleep);
    const run = lab.start("run", "--id", "a", "b", "--repeat", "3");
    await until(() => processesOf(sleep).length > 0);
    run.kill("SIGINT");
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("Not run: b 'b' was not started, since the run was interrupted");
    expect(lab.exists("ran")).toBe(false);
    expect(lab.node("a").attempts).toHaveLength(1);
  });
});

describe("a timeout", () => {
  it("asks the experiment to end, which may still save what it has", () => {
    const lab = experiments();
    lab.add("a", "trap 'echo saved; exit 0' TERM; while :; do sleep 0.1; done");
    expect(lab.tree("run", "--id", "a", "--timeout", "1s").code).toBe(7);
    expect(lab.node("a")).toMatchObject({ status: "failed", reason: "timeout: stopped after 1 s" });
    expect(lab.node("a").attempts?.[0]).toMatchObject({ outcome: "timeout", exit: 0 });
    expect(lab.tree("logs", "--id", "a").stdout).toContain("saved");
  });

  it("kills what does not listen", () => {
    const [lab, sleep] = [experiments(), longSleep()];
    lab.add("a", `trap '' TERM; ${sleep}; ${sleep}`);
    expect(lab.tree("run", "--id", "a", "--timeout", "0.5s", "--grace", "0.5s").code).toBe(7);
    expect(lab.node("a").attempts?.[0]).toMatchObject({ outcome: "timeout", signal: "SIGKILL" });
    expect(processesOf(sleep)).toEqual([]);
  });
});

describe("a run whose caller was killed", () => {
  it("goes on, and is attached to again", async () => {
    const lab = experiments();
    await orphaned(lab);
    expect(lab.tree("list", "--fields", "id,status").stdout).toContain("running");
    const resumed = lab.start("run", "--resume");
    lab.write("go", "");
    const { code, stdout } = await resumed.ended;
    expect(code).toBe(0);
    expect(stdout).toContain("Completed: a accuracy=0.7 (maximize)");
    expect(lab.node("a")).toMatchObject({ status: "completed", results: { primary_value: 0.7 } });
  });

  it("is recorded by the next change when it has ended, and by none that only looks", async () => {
    const lab = experiments();
    lab.add("b", "true");
    await orphaned(lab);
    lab.write("go", "");
    await until(() => supervisorsOf(lab).length === 0);
    const before = lab.read("ITERATION_TREE.yaml");
    // Whoever waits for it by looking sees what will be recorded.
    expect(lab.tree("get", "--id", "a").stdout).toMatch(/status: "completed"\nresults:\n.*\n {2}primary_value: 0.7/);
    expect(lab.tree("list", "--status", "running").stdout).toBe("No nodes.\n");
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
    const changed = lab.tree("update", "--id", "b", "--note", "x");
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.stderr).toContain("attempt 1 of 'a' had ended, and is recorded now: completed");
    expect(lab.node("a")).toMatchObject({ status: "completed", results: { primary_value: 0.7 } });
    expect(lab.node("b").notes).toEqual(["x"]);
  });

  it("is interrupted when its supervisor is gone as well, and what it ran is ended", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    lab.add("b", "true");
    const run = await running(lab, sleep);
    killAll([run.pid, ...supervisorsOf(lab)]);
    await run.ended;
    expect(processesOf(sleep).length).toBeGreaterThan(0);
    const before = lab.read("ITERATION_TREE.yaml");
    const list = lab.tree("list", "--fields", "id,status,reason").stdout;
    expect(list).toMatch(/a .*failed .*interrupted: its process is gone/);
    expect(lab.read("ITERATION_TREE.yaml")).toBe(before);
    expect(lab.tree("update", "--id", "b", "--note", "x").code).toBe(0);
    expect(processesOf(sleep)).toEqual([]);
    expect(lab.node("a")).toMatchObject({ status: "failed", attempts: [{ outcome: "interrupted" }] });
    // The next one has another number, and its own log.
    expect(lab.tree("run", "--id", "a", "--", "echo METRIC accuracy=0.6").code).toBe(0);
    expect(lab.node("a").attempts?.map(({ id }) => id)).toEqual([1, 2]);
  });

  it("is not begun when it was not recorded yet", async () => {
    // Killed at every moment of its start.
    for (let milliseconds = 100; milliseconds < 500; milliseconds += 40) {
      const lab = experiments();
      lab.add("a", `touch ${lab.root}/ran; sleep 30`, "--worktree");
      const run = lab.start("run", "--id", "a");
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      run.kill("SIGKILL");
      await run.ended;
      await until(() => lab.node("a").status === "running" || supervisorsOf(lab).length === 0);
      const isRecorded = lab.node("a").status === "running";
      if (!isRecorded) expect(lab.exists("ran")).toBe(false);
      lab.tree("cancel", "--id", "a");
      expect(supervisorsOf(lab)).toEqual([]);
      expect(lab.node("a").status).not.toBe("running");
    }
  });
});

describe("a run that has been overtaken", () => {
  it("changes nothing but its own record", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    // Somebody set it to pending, and ran it elsewhere.
    const text = lab.read("ITERATION_TREE.yaml");
    lab.write(
      "ITERATION_TREE.yaml",
      text.replace('status: "running"', 'status: "pending"').replace(/ *process: .*\n/, ""),
    );
    expect(lab.tree("run", "--id", "a", "--", "echo METRIC accuracy=0.8").code).toBe(0);
    killAll(processesOf(sleep));
    const { stderr } = await run.ended;
    expect(stderr).toContain("attempt 1 of 'a' was overtaken by a later one");
    expect(lab.node("a")).toMatchObject({ status: "completed", results: { primary_value: 0.8 } });
    expect(lab.node("a").attempts).toMatchObject([{ outcome: "failed" }, { outcome: "completed" }]);
  });

  it("is told apart from a node that is gone meanwhile", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    lab.write("ITERATION_TREE.yaml", "version: 1\nobjective: {metric: accuracy, direction: maximize}\nnodes: []\n");
    killAll(processesOf(sleep));
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(3);
    expect(stdout + stderr).toContain("No node 'a' in the tree");
  });
});

describe("a node that runs", () => {
  it("is neither deleted nor loses its worktree, and runs once, whatever somebody makes of its status", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    lab.tree("update", "--id", "a", "--status", "failed", "--reason", "by hand");
    for (const args of [
      ["delete", "--id", "a", "--force"],
      ["delete", "--id", "a", "--keep-worktree"],
      ["worktree", "--id", "a", "--remove", "--force"],
      ["prune", "--id", "a", "--reason", "x", "--remove-worktree"],
      ["run", "--id", "a"],
    ]) {
      const ran = lab.tree(...args);
      expect(ran.code, args.join(" ")).toBe(4);
      expect(ran.stderr, args.join(" ")).toContain("tree-autoresearch cancel --id a");
    }
    expect(lab.exists(".worktrees/a")).toBe(true);
    expect(supervisorsOf(lab)).toHaveLength(1);
    expect(lab.tree("cancel", "--id", "a").code).toBe(0);
    await run.ended;
    expect(lab.tree("delete", "--id", "a", "--force").code).toBe(0);
  });

  it("is not undone, but what came before or beside it is", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    const lost = lab.tree("undo");
    expect(lost.code).toBe(4);
    expect(lost.stderr).toMatch(/'a' runs: version \d+ knows nothing of its attempt 1/);
    expect(lost.stderr).toContain("tree-autoresearch cancel --id a");
    expect(lab.tree("undo", "--dry-run").code).toBe(4);
    lab.add("b", "x");
    expect(lab.tree("undo").code).toBe(0);
    expect(() => lab.node("b")).toThrow();
    expect(lab.tree("cancel", "--id", "a").code).toBe(0);
    await run.ended;
    expect(lab.node("a").attempts).toMatchObject([{ outcome: "cancelled" }]);
    expect(lab.tree("undo").code).toBe(0);
  });

  it("is not lost by undo of a file that was broken or deleted by hand", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    const text = lab.read("ITERATION_TREE.yaml");
    for (const spoil of [
      () => lab.write("ITERATION_TREE.yaml", "nodes: ["),
      () => rmSync(join(lab.root, "ITERATION_TREE.yaml")),
    ]) {
      spoil();
      const undone = lab.tree("undo", "--to", "1");
      expect(undone.stderr).toContain("'a' runs: version 1 knows nothing of its attempt 1");
      expect(undone.code).toBe(4);
    }
    lab.write("ITERATION_TREE.yaml", text);
    expect(lab.tree("cancel", "--id", "a").code).toBe(0);
    await run.ended;
  });

  it("is taken back altogether only where it began: undo says so", () => {
    const lab = experiments();
    lab.add("a", "echo METRIC accuracy=0.5");
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    const undone = lab.tree("undo");
    expect(undone.code).toBe(0);
    expect(undone.stderr).toContain("a: the run has ended, and how it ended is recorded again by the next change");
  });

  it("is told of by doctor when the tree does not follow it any more", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    expect(lab.tree("doctor").stdout).not.toContain("does not follow");
    lab.write("ITERATION_TREE.yaml", "version: 1\nobjective: {metric: accuracy, direction: maximize}\nnodes: []\n");
    const [pid] = supervisorsOf(lab);
    expect(lab.tree("doctor").stdout).toContain(
      `process ${pid} runs attempt 1 of 'a', which the tree does not follow any more; to end it: kill ${pid}`,
    );
    process.kill(pid as number, "SIGTERM");
    await run.ended;
    expect(processesOf(sleep)).toEqual([]);
    expect(lab.tree("doctor").stdout).not.toContain("does not follow");
  });

  it("on another machine is not waited for, and not ended", () => {
    const lab = experiments();
    const attempts = `attempts: [{id: 1, where: local, started_at: x, process: "17~1~elsewhere,m,b,1"}]`;
    lab.write("ITERATION_TREE.yaml", `nodes: [{node_id: a, command: x, status: running, ${attempts}}]\n`);
    const ran = lab.tree("cancel", "--id", "a");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("is run by process 17 on elsewhere");
  });

  it("as a tree file says does not make cancel end a stranger", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const stranger = spawn("sh", ["-c", sleep], { stdio: "ignore" });
    onTestFinished(() => void stranger.kill("SIGKILL"));
    const { start, host } = identityOf(stranger.pid as number);
    for (const said of [start, ""]) {
      const attempts = `attempts: [{id: 1, where: local, started_at: x, process: "${stranger.pid}~${said}~${host}"}]`;
      lab.write("ITERATION_TREE.yaml", `nodes: [{node_id: a, command: x, status: running, ${attempts}}]\n`);
      expect(lab.tree("cancel", "--id", "a").code).toBe(4);
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    }
  });
});

describe("cancel", () => {
  it("finds a run in a folder of any name", async () => {
    const folder = join(tempFolder(), "größe 漢字");
    mkdirSync(folder);
    const [lab, sleep] = [experiments({ folder }), longSleep()];
    const run = await running(lab, sleep);
    expect(lab.tree("cancel", "--id", "a")).toMatchObject({ code: 0, stdout: "Cancelled: a (cancelled)\n" });
    expect((await run.ended).code).toBe(7);
    expect(processesOf(sleep)).toEqual([]);
  });

  it("ends a run from another terminal", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    expect(lab.tree("cancel", "--id", "a")).toMatchObject({ code: 0, stdout: "Cancelled: a (cancelled)\n" });
    expect(processesOf(sleep)).toEqual([]);
    const { code, stdout } = await run.ended;
    expect(code).toBe(7);
    expect(stdout).toMatch(/^Failed: a attempt 1 after .*: cancelled\n\| METRIC accuracy=0\.1\n$/);
    expect(lab.node("a")).toMatchObject({
      status: "failed",
      reason: "cancelled",
      attempts: [{ outcome: "cancelled" }],
    });
    const again = lab.tree("cancel", "--id", "a");
    expect(again.code).toBe(4);
    expect(again.stderr).toContain("'a' does not run: it is failed");
  });

  it("leaves alone what it does not know", () => {
    const lab = experiments();
    lab.add("a", "true");
    lab.tree("update", "--id", "a", "--status", "running");
    const ran = lab.tree("cancel", "--id", "a");
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("tree-autoresearch update --id a --status failed --reason TEXT");
    expect(lab.tree("cancel", "--id", "b").code).toBe(3);
  });
});

describe("logs", () => {
  it("shows the end of an attempt's log, safe for a terminal", () => {
    const lab = experiments();
    lab.add("a", "seq 100; printf '\\033]0;x\\007\\342\\200\\256\\n'");
    lab.tree("run", "--id", "a");
    lab.tree("run", "--id", "a", "--", "echo second");
    expect(lab.tree("logs", "--id", "a").stdout).toBe("second\n");
    expect(lab.tree("logs", "--id", "a", "--attempt", "1", "--tail", "2").stdout).toBe("100\n\\e]0;x\\u0007\\u202e\n");
    expect(lab.tree("logs", "--id", "a", "--attempt", "1").stdout.split("\n")).toHaveLength(51);
    const answer = JSON.parse(lab.tree("logs", "--id", "a", "--json").stdout) as Record<string, unknown>;
    expect(answer).toMatchObject({ node_id: "a", attempt: 2, lines: ["second"], running: false });
    expect(readFileSync(answer["path"] as string, "utf8")).toBe("second\n");
  });

  it("says what is missing", () => {
    const lab = experiments();
    lab.add("a", "echo x");
    expect(lab.tree("logs", "--id", "a").stderr).toContain("'a' has not run yet");
    lab.tree("run", "--id", "a");
    expect(lab.tree("logs", "--id", "a", "--attempt", "7").stderr).toContain("Attempts: 1");
    rmSync(join(lab.state, "runs"), { recursive: true });
    expect(lab.tree("logs", "--id", "a")).toMatchObject({ code: 3 });
    // What is recorded stands without it.
    expect(lab.node("a").attempts).toHaveLength(1);
  });

  it("follows what comes until the attempt ends", async () => {
    const lab = experiments();
    lab.add("a", `echo first; while [ ! -e ${lab.root}/go ]; do sleep 0.05; done; echo later; printf end`);
    const run = lab.start("run", "--id", "a");
    await until(
      () => existsSync(join(lab.state, "runs/a/1/log")) && lab.tree("logs", "--id", "a").stdout === "first\n",
    );
    const follow = lab.start("logs", "--id", "a", "--follow");
    await new Promise((resolve) => setTimeout(resolve, 500));
    lab.write("go", "");
    expect(await follow.ended).toMatchObject({ code: 0, stdout: "first\nlater\nend\n" });
    await run.ended;
    expect(lab.tree("logs", "--id", "a", "--follow").stdout).toBe("first\nlater\nend\n");
  });

  it("follows no longer than there is somebody who writes", async () => {
    const [lab, sleep] = [experiments(), longSleep()];
    const run = await running(lab, sleep);
    const follow = lab.start("logs", "--id", "a", "--follow");
    await new Promise((resolve) => setTimeout(resolve, 500));
    killAll([run.pid, ...supervisorsOf(lab)]);
    expect(await follow.ended).toMatchObject({ code: 0, stdout: "METRIC accuracy=0.1\n" });
    lab.tree("cancel", "--id", "a");
  });
});
