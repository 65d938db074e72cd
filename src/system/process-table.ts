import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process of this machine, as its table of processes has it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Tells a process from a later one of the same number; empty where the system does not tell. */
  readonly start: string;
  /** Memory that is its own or shared, in bytes. */
  readonly bytes: number;
}

/** All processes that run and may be seen, this one too; zombies run no more. */
export function listProcesses(): readonly ProcessEntry[] {
  return process.platform === "linux" ? listLinux() : listByPs();
}

const pageSize = 4096;

function listLinux(): readonly ProcessEntry[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readEntry(Number(name)) ?? []) : []));
}

/** proc(5): state, ppid and pgrp are fields 3 to 5, the start 22, the resident pages 24. The name before them may hold spaces and brackets. */
function readEntry(pid: number): ProcessEntry | undefined {
  const stat = findText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  if (!parent || state === "Z" || state === "X") return undefined;
  const [start = "", pages] = [fields[19], fields[21]];
  return { pid, parent: Number(parent), group: Number(group), start, bytes: Number(pages) * pageSize };
}

function listByPs(): readonly ProcessEntry[] {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid=,rss=,stat=,lstart="], { encoding: "utf8" });
  return table.split("\n").flatMap((line) => {
    const [pid, parent, group, kilobytes, state = "", ...start] = line.trim().split(/\s+/);
    if (!pid || state.startsWith("Z")) return [];
    return {
      ...{ pid: Number(pid), parent: Number(parent), group: Number(group) },
      ...{ start: start.join(" "), bytes: Number(kilobytes) * 1024 },
    };
  });
}

/** The command lines of all processes. */
export function listCommands(): readonly { readonly pid: number; readonly command: string }[] {
  if (process.platform === "linux") return listLinux().map(({ pid }) => ({ pid, command: argumentsOf(pid) }));
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  return execFileSync("ps", ["-A", "-o", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => {
      const [, pid, command] = /^ *(\d+) (.*)$/.exec(line) ?? [];
      return pid && command ? [{ pid: Number(pid), command }] : [];
    });
}

/** The command line of a process, as one text; empty when it is gone. */
export function argumentsOf(pid: number): string {
  if (process.platform === "linux") return findText(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  return spawnSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).stdout;
}

/** Whether `entry` (NAME=value) was in the environment that the process began with. Only Linux tells, and only of one's own processes. */
export function hasEnvironment(pid: number, entry: string): boolean {
  return process.platform === "linux" && `\0${findText(`/proc/${pid}/environ`)}`.includes(`\0${entry}\0`);
}

/** Whether the process has the file open to write to it. Only Linux tells. */
export function isWriting(pid: number, path: string): boolean {
  if (process.platform !== "linux") return false;
  return listNames(`/proc/${pid}/fd`).some((fd) => {
    if (findTarget(`/proc/${pid}/fd/${fd}`) !== path) return false;
    const [, flags = "0"] = /^flags:\s*(\d+)/m.exec(findText(`/proc/${pid}/fdinfo/${fd}`)) ?? [];
    return (Number.parseInt(flags, 8) & 3) !== 0;
  });
}

function findText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone, or another user's
  }
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function findTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
