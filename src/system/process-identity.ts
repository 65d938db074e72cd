import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Who a process is, so that another one can tell whether it still lives. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot; empty where the system does not tell. A reused pid has another one. */
  readonly start: string;
  /** Host name, machine id, boot id and pid namespace, with commas between. */
  readonly host: string;
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid);
}

/** That of a process of this machine. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, start: statOf(pid).start, host: hostIdentity() };
}

/** As an attempt records who runs it. */
export function renderIdentity({ pid, start, host }: ProcessIdentity): string {
  return `${pid}~${start}~${host}`;
}

/** From what renderIdentity gives; undefined for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [pid, start, host] = text.split("~");
  return pid && /^\d+$/.test(pid) && start !== undefined && host ? { pid: Number(pid), start, host } : undefined;
}

/**
 * Whether the process is certainly gone. One of another host or pid namespace, or of a host that does not say which it is, cannot be seen from here and is never
 * presumed dead; one of an earlier boot of this very machine is dead. `here` is the host of an own identity.
 */
export function isDead(identity: ProcessIdentity, here: string = hostIdentity()): boolean {
  if (identity.host !== here) return isOfEarlierBoot(identity.host.split(","), here.split(","));
  if (!here.split(",")[2]) return false;
  if (!isRunning(identity.pid)) return true;
  const { state, start } = statOf(identity.pid);
  // A zombie runs no more, though its parent may never ask what became of it, as in a container without an init.
  if (state === "Z" || state === "X") return true;
  // Processes of other users may be hidden (hidepid): of those nothing is known.
  return identity.start !== "" && start !== "" && start !== identity.start;
}

/** Whether its pid means the same here as there: where no boot is told, only as long as there is such a process. */
export function isHere({ pid, host }: ProcessIdentity): boolean {
  const here = hostIdentity();
  return host === here && (here.split(",")[2] !== "" || isRunning(pid));
}

/** Whether a process of this number runs here, whoever it is. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

type HostParts = readonly string[];

/** The pid namespace of a machine itself, and of no container: fixed in Linux (include/linux/proc_ns.h). */
const initialNamespace = "4026531836";

/** A host name alone, without a boot id, proves nothing (`localhost`), and a container may share its image's machine id with others: only a machine itself is known again. */
function isOfEarlierBoot(then: HostParts, now: HostParts): boolean {
  const [name, machine, boot, namespace] = then;
  const isSameMachine = name === now[0] && !!machine && machine === now[1];
  const isMachineItself = namespace === initialNamespace && now[3] === initialNamespace;
  return isSameMachine && isMachineItself && !!boot && !!now[2] && boot !== now[2];
}

function hostIdentity(): string {
  const boot = (process.platform === "darwin" ? bootSession() : findText("/proc/sys/kernel/random/boot_id"))
    .toLowerCase()
    .replace(/[^0-9a-f]/g, "");
  const machine = findText("/etc/machine-id").replace(/[^0-9a-f]/g, "");
  const name = hostname()
    .replace(/[^A-Za-z0-9.-]/g, "_")
    .slice(0, 64);
  return [name, machine.slice(0, 32), boot, readNamespace()].join(",");
}

let knownSession: string | undefined;

/** macOS tells it only by a program; loaded there alone. */
function bootSession(): string {
  knownSession ??= readSession();
  return knownSession;
}

function readSession(): string {
  try {
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    return execFileSync("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "";
  }
}

/** Fields 3 and 22 of /proc/PID/stat, empty where it cannot be read; the process name before them may hold spaces and brackets. */
function statOf(pid: number): { readonly state: string; readonly start: string } {
  const stat = findText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

function readNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "";
  }
}

function findText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
