import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who a process is, so that another one on the same machine can tell whether it still lives. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot; empty where the system does not tell. A reused pid has another one. */
  readonly start: string;
  /** Host name, boot id and pid namespace: only where all three agree can a pid be judged. */
  readonly host: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, start: startOf(process.pid), host: hostIdentity() };
}

/** Whether the process is certainly gone. One of another host, boot or pid namespace is never presumed dead. */
export function isDead(identity: ProcessIdentity): boolean {
  if (identity.host !== hostIdentity()) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  return identity.start !== "" && startOf(identity.pid) !== identity.start;
}

function hostIdentity(): string {
  const boot = readText("/proc/sys/kernel/random/boot_id").replaceAll("-", "");
  const name = hostname()
    .replace(/[^A-Za-z0-9.-]/g, "_")
    .slice(0, 64);
  return [name, boot, readNamespace()].join(",");
}

/** Field 22 of /proc/PID/stat; the process name before it may hold spaces and brackets. */
function startOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function readNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "";
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
