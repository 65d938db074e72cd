import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fillDisk, mountProbe, mountSmallDisk } from "../proofs/full-disk.ts";
import { mayUse } from "../proofs/machine.ts";
import { program, runCommand, runProgram } from "../run-program.ts";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { experiments, longSleep, processesOf } from "./experiments.ts";
import { mayLimitMemory, withMemory } from "./small-memory.ts";

const mayMount = mayUse("the right to mount a tmpfs (root)", "sh", "-c", mountProbe);

function ranOnce(command: string, ...args: readonly string[]) {
  const lab = experiments();
  lab.add("a", command);
  const ran = lab.tree("run", "--id", "a", ...args);
  return { lab, ran, node: lab.node("a") };
}

describe("an experiment that", () => {
  it("is not there fails with that reason", () => {
    expect(ranOnce("no-such-program --lr 3").node.reason).toBe("exit code 127: the command was not found");
  });

  it("is an empty command behind -- is refused", () => {
    const lab = experiments();
    lab.add("a", "true");
    expect(lab.tree("run", "--id", "a", "--", "").code).toBe(2);
    expect(lab.node("a").command).toBe("true");
  });

  it("may not be executed fails with that reason", () => {
    expect(ranOnce("./train.mjs").node.reason).toBe("exit code 126: the command could not be executed");
  });

  it("has nothing to say completes nothing", () => {
    const { ran, node } = ranOnce(":");
    expect(ran.code).toBe(7);
    expect(node.reason).toContain("accuracy was not measured");
  });

  it.each([
    ["SIGSEGV", "kill -SEGV $$", "killed by SIGSEGV"],
    ["SIGKILL", "kill -KILL $$", "killed by SIGKILL; out of memory suspected"],
    ["SIGKILL in a child", "sh -c 'kill -KILL $$'; exit $?", "killed by SIGKILL; out of memory suspected"],
    ["an exit code", "exit 9", "exit code 9"],
    [
      "its memory",
      "echo 'RuntimeError: CUDA out of memory.'; exit 1",
      "exit code 1; out of memory suspected, its log says so",
    ],
  ])("dies of %s is told apart", (_, command, reason) => {
    expect(ranOnce(command).node).toMatchObject({ status: "failed", reason, results: null });
  });

  it("prints 10 MB without a line break is read all the same", () => {
    const { ran } = ranOnce("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo METRIC accuracy=0.5");
    expect(ran.stdout).toContain("accuracy=0.5");
  });

  it("prints no line break at its very end is read to the end", () => {
    expect(ranOnce("head -c 3000000 /dev/zero | tr '\\0' x; printf '\\nMETRIC accuracy=0.5'").ran.code).toBe(0);
  });

  it("shows only so much of a long line when it fails", () => {
    const { ran } = ranOnce("head -c 10000000 /dev/zero | tr '\\0' x; exit 1");
    expect(ran.code).toBe(7);
    expect(ran.stdout.length).toBeLessThan(3_000);
  });

  it("fills its log is ended at --max-log", () => {
    const { lab, ran, node } = ranOnce("yes", "--max-log", "1M");
    expect(ran.code).toBe(7);
    expect(node.reason).toBe("its log became larger than 1048576 bytes (--max-log)");
    expect(statSync(join(lab.state, "runs/a/1/log")).size).toBeLessThanOrEqual(1024 * 1024);
    expect(processesOf("yes").filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8") === "yes\0")).toEqual([]);
  });

  it("removes its own worktree is recorded, and says so", () => {
    const { lab, ran, node } = ranOnce('rm -rf "$PWD"; echo METRIC accuracy=0.5');
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain("its worktree is gone");
    expect(node).toMatchObject({ status: "completed", results: { primary_value: 0.5 } });
    expect(lab.tree("run", "--id", "a").code).toBe(0);
  });

  it("has no folder to run in does not start", () => {
    const lab = experiments();
    lab.add("a", "true", "--working-dir", "nowhere");
    const ran = lab.tree("run", "--id", "a");
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain("did not start: its folder");
  });

  it("changes the tree file while it runs loses nothing of it", () => {
    const lab = experiments();
    lab.add("b", "true");
    lab.add("a", `sed -i 's/description: "b"/description: "by hand"/' ${lab.treeFile}; echo METRIC accuracy=0.5`);
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    expect(lab.node("b").description).toBe("by hand");
    expect(lab.node("a").results?.primary_value).toBe(0.5);
  });

  it("breaks the tree file while it runs loses no result", () => {
    const lab = experiments();
    lab.add("a", `printf '\\n]broken' >> ${lab.treeFile}; echo METRIC accuracy=0.5`);
    const ran = lab.tree("run", "--id", "a");
    expect(ran.code).toBe(5);
    expect(ran.stderr + ran.stdout).toContain("ITERATION_TREE.yaml:");
    lab.write("ITERATION_TREE.yaml", lab.read("ITERATION_TREE.yaml").replace("\n]broken", ""));
    expect(lab.tree("run", "--resume").stdout).toContain("accuracy=0.5");
    expect(lab.node("a")).toMatchObject({ status: "completed", results: { primary_value: 0.5 } });
  });

  it("calls the program itself is no trouble", () => {
    const lab = experiments();
    const program = `${process.execPath} ${join(import.meta.dirname, "../../bin/tree-autoresearch.js")}`;
    lab.add("a", `${program} update --id a --note from-within; echo METRIC accuracy=0.5`);
    expect(lab.tree("run", "--id", "a").code).toBe(0);
    expect(lab.node("a")).toMatchObject({ status: "completed", notes: ["from-within"] });
  });

  it("forks a daemon has it ended", () => {
    const [sleep, other] = [longSleep(), longSleep()];
    const { ran, node } = ranOnce(`(setsid ${sleep} &) ; ${other} & echo METRIC accuracy=0.5`);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain("had left 2 processes behind, which were ended");
    expect(node.status).toBe("completed");
    expect([...processesOf(sleep), ...processesOf(other)]).toEqual([]);
  });

  it.each([
    ["a metric named __proto__", "printf 'METRIC accuracy=0.5\\nMETRIC __proto__=2\\n'", 0],
    ["metrics by the thousand", "seq 100000 | sed 's/.*/METRIC name&=1/'; echo METRIC accuracy=0.5", 7],
    ["metrics with long names", `printf "METRIC %0200d=1\\nMETRIC accuracy=0.5\\n" 1`, 0],
    ["no log at the end", 'rm -f "$(readlink /proc/$$/fd/1)"; echo "{accuracy: 0.5}" > $TREE_AUTORESEARCH_RESULTS', 7],
  ])("leaves %s keeps nobody from anything else", (_, command, code) => {
    const { lab, ran, node } = ranOnce(command);
    expect(ran.code, ran.stdout + ran.stderr).toBe(code);
    expect(node.status).toBe(code === 0 ? "completed" : "failed");
    expect(lab.read("ITERATION_TREE.yaml").length).toBeLessThan(20_000);
    expect(lab.tree("update", "--id", "a", "--note", "x")).toMatchObject({ code: 0, stderr: "" });
  });

  it("opens its own output again writes behind what stands there", () => {
    const { lab } = ranOnce(
      "echo METRIC accuracy=0.95123 >>/dev/stderr; echo METRIC loss=0.1; echo end | tee -a /dev/stderr",
    );
    expect(lab.tree("logs", "--id", "a").stdout).toBe("METRIC accuracy=0.95123\nMETRIC loss=0.1\nend\nend\n");
  });

  it("gets no terminal to ask", () => {
    expect(ranOnce("read answer; echo got:$answer; echo METRIC accuracy=0.5").ran.code).toBe(0);
  });

  it("has a command of shell syntax that is none fails with what the shell says", () => {
    const { ran } = ranOnce("for (");
    expect(ran.code).toBe(7);
    expect(ran.stdout).toContain("Syntax error");
  });
});

describe("an experiment that says too much", () => {
  it("between two looks is not taken for one that ended well", () => {
    const command = "echo METRIC accuracy=0.1; head -c 5000 /dev/zero | tr '\\0' x; echo; echo METRIC accuracy=0.9";
    const { ran, node } = ranOnce(command, "--max-log", "1K");
    expect(ran.code).toBe(7);
    expect(node).toMatchObject({ results: null, reason: "its log became larger than 1024 bytes (--max-log)" });
  });
});

describe("what cannot be started", () => {
  it.each([
    ["in a file as its folder", "working_dir: train.mjs"],
    ["with a command that no system takes", 'command: "echo \\0"'],
  ])("%s did not start, and says why", (_, field) => {
    const lab = experiments();
    lab.add("a", "true");
    const [key = ""] = field.split(":");
    lab.write("ITERATION_TREE.yaml", lab.read("ITERATION_TREE.yaml").replace(new RegExp(`${key}: .*`), field));
    expect(lab.tree("run", "--id", "a").code).toBe(7);
    expect(lab.node("a").reason).toContain("did not start: ");
  });
});

describe.runIf(mayLimitMemory)("an experiment that takes more memory than there is", () => {
  const take = "node -e 'const all = []; for (;;) all.push(Buffer.alloc(10_000_000, 1))'";

  it.each([
    ["is told to be out of it, since the kernel says so", take, "out of memory: the kernel killed it (SIGKILL)"],
    [
      "is, too, when it notices",
      `${take}; exit 3`,
      "exit code 3; out of memory: the kernel killed a process of its group meanwhile",
    ],
  ])("%s", (_, command, reason) => {
    const lab = experiments();
    lab.add("a", command);
    const [first = "", ...words] = withMemory(400);
    const run = [process.execPath, program, "run", "--id", "a"];
    const { code, stdout } = runCommand(first, [...words, ...run], { cwd: lab.root });
    expect(code, stdout).toBe(7);
    expect(lab.node("a")).toMatchObject({ status: "failed", reason, results: null });
  });
});

describe.runIf(mayMount)("an experiment that fills the disk", () => {
  it("is recorded when there is room again, with what it measured", () => {
    const folder = tempFolder();
    mountSmallDisk(folder, 16);
    const { root, write, read } = tempRepository({ folder });
    write("ITERATION_TREE.yaml", "version: 1\nobjective: {metric: accuracy, direction: maximize}\nnodes: []\n");
    const tree = (...args: readonly string[]) => runProgram(args, { cwd: root });
    expect(tree("add", "--id", "a", "--desc", "a", "--cmd", "echo METRIC accuracy=0.5; cat /dev/zero > big").code).toBe(
      0,
    );
    const ran = tree("run", "--id", "a");
    expect(ran.code).not.toBe(0);
    expect(existsSync(join(root, ".worktrees/a/big"))).toBe(true);
    execFileSync("rm", [join(root, ".worktrees/a/big")]);
    const next = tree("update", "--id", "a", "--note", "x");
    expect(next.code, next.stderr).toBe(0);
    expect(read("ITERATION_TREE.yaml")).toContain('status: "failed"');
    expect(read("ITERATION_TREE.yaml")).toContain("exit code 1");
  });

  it("keeps the record of a run that had the last bytes", () => {
    const folder = tempFolder();
    mountSmallDisk(folder, 16);
    const { root, write } = tempRepository({ folder });
    write("ITERATION_TREE.yaml", "version: 1\nobjective: {metric: accuracy, direction: maximize}\nnodes: []\n");
    const tree = (...args: readonly string[]) => runProgram(args, { cwd: root });
    tree(
      "add",
      "--id",
      "a",
      "--desc",
      "a",
      "--cmd",
      "echo METRIC accuracy=0.5; touch ../../on; while [ ! -e ../../full ]; do sleep 0.05; done",
    );
    write("full", "");
    expect(tree("run", "--id", "a").code).toBe(0);
    const free = fillDisk(root);
    expect(tree("run", "--id", "a").code).not.toBe(0);
    free();
    expect(tree("list").code).toBe(0);
    expect(tree("run", "--id", "a").code).toBe(0);
  });
});

describe("a machine on which", () => {
  it("the state folder may not be written refuses before anything runs", () => {
    if (process.getuid?.() === 0) return;
    const lab = experiments();
    lab.add("a", `touch ${lab.root}/ran`, "--worktree");
    chmodSync(lab.state, 0o555);
    const ran = lab.tree("run", "--id", "a");
    chmodSync(lab.state, 0o755);
    expect(ran.code).toBe(4);
    expect(lab.exists("ran")).toBe(false);
  });
});
