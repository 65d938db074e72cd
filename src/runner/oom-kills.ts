import { readFileSync } from "node:fs";

/** How often the kernel has ended a process of this control group for want of memory; 0 where it does not tell. */
export function countOomKills(): number {
  const groups = findText("/proc/self/cgroup");
  const [, unified] = /^0::(.*)$/m.exec(groups) ?? [];
  const [, memory] = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups) ?? [];
  // Version 1 and version 2 of control groups; both where both are mounted, and then one of them has none of it.
  return Math.max(
    countIn(memory && `/sys/fs/cgroup/memory${memory}/memory.oom_control`),
    countIn(unified && `/sys/fs/cgroup${unified}/memory.events`),
  );
}

function countIn(path: string | undefined): number {
  return path === undefined ? 0 : Number(/^oom_kill (\d+)$/m.exec(findText(path))?.[1] ?? 0);
}

function findText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
