import { readFileSync } from "node:fs";

/** How often the kernel has ended a process of this control group for want of memory (cgroup v2, memory.events); 0 where it does not tell. */
export function countOomKills(): number {
  try {
    const [, group = ""] = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8")) ?? [];
    const events = readFileSync(`/sys/fs/cgroup${group}/memory.events`, "utf8");
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
