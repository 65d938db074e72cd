// The trees of the benchmark: real files in real repositories, the same for the same size.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const treeName = "ITERATION_TREE.yaml";

/** The node that somebody has written a comment to; all others stand there as the program itself writes them. */
export const byHand = 3;

/** Every node has up to four under it; seven of eight are completed. */
export function treeText(count) {
  const id = (i) => `iter${i}_lower_rate`;
  const block = (i) => {
    const children = [1, 2, 3, 4].map((k) => 4 * i + k).filter((child) => child < count);
    const isDone = i % 8 !== 7;
    return [
      `  - node_id: "${id(i)}"`,
      `    parent_id: ${i === 0 ? "null" : `"${id((i - 1) >> 2)}"`}`,
      `    description: "Try ${i}: a lower rate with warmup and cosine decay"`,
      `    command: "python train.py --lr 0.${i}"${i === byHand ? " # once more?" : ""}`,
      `    working_dir: "."`,
      "    worktree: null",
      `    status: "${isDone ? "completed" : "failed"}"`,
      ...(isDone
        ? [
            "    results:",
            '      primary_metric: "accuracy"',
            `      primary_value: ${(5_000 + ((i * 7919) % 4999)) / 10_000}`,
            '      direction: "maximize"',
          ]
        : ["    results: null", '    reason: "loss is NaN after 200 steps"']),
      children.length === 0 ? "    children: []" : "    children:",
      ...children.map((child) => `      - "${id(child)}"`),
      '    created_at: "2026-11-24T21:10:45Z"',
      '    updated_at: "2026-11-24T21:12:01Z"',
    ];
  };
  const lines = Array.from({ length: count }, (_, i) => block(i)).flat();
  return `version: 1\nobjective:\n  metric: "accuracy"\n  direction: "maximize"\nnodes:\n${lines.join("\n")}\n`;
}

/** A repository with a tree of this size and one commit. Returns its folder. */
export function makeRepository(count) {
  const root = mkdtempSync(join(tmpdir(), `bench-${count}-`));
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], { cwd: root });
  git("init", "-q", "-b", "main");
  writeFileSync(join(root, "train.py"), "print('METRIC accuracy=0.9')\n");
  writeFileSync(join(root, ".git/info/exclude"), `/${treeName}\n.worktrees/\n`);
  git("add", "-A");
  git("commit", "-q", "-m", "baseline");
  writeFileSync(join(root, treeName), treeText(count));
  return root;
}

/** A second one, for calls that begin with nothing known. */
export function copyOf(root) {
  const copy = mkdtempSync(join(tmpdir(), "bench-copy-"));
  mkdirSync(copy, { recursive: true });
  cpSync(root, copy, { recursive: true });
  return copy;
}
