import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { mayUse } from "../proofs/machine.ts";
import { runCommand } from "../run-program.ts";

const isUnified = !existsSync("/sys/fs/cgroup/memory");
const groups = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
const limitFile = isUnified ? "memory.max" : "memory.limit_in_bytes";

/** Makes a control group (its first argument) of so many bytes. */
const make = `mkdir "$0" && echo "$1" > "$0/${limitFile}"`;

export const mayLimitMemory = mayUse(
  "the right to make a control group with a limit of memory (root)",
  ...["sh", "-c", `${make}; r=$?; rmdir "$0"; exit $r`],
  ...[join(groups, `tree-autoresearch-probe-${process.pid}`), "100000000"],
);

let made = 0;

/** The words before a command with which it, and all that it starts, gets so many megabytes together and no more. */
export function withMemory(megabytes: number): readonly string[] {
  const group = join(groups, `tree-autoresearch-test-${process.pid}-${made++}`);
  const { code, stderr } = runCommand("sh", ["-c", make, group, String(megabytes * 1_000_000)], { cwd: "/" });
  if (code !== 0) throw new Error(stderr);
  onTestFinished(() => void runCommand("rmdir", [group], { cwd: "/" }));
  return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group];
}
