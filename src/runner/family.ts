import { identityOf } from "../system/process-identity.ts";
import { hasEnvironment, isWriting, listProcesses, type ProcessEntry } from "../system/process-table.ts";

/** What tells the processes of an attempt from all others. */
export interface FamilyMarks {
  /** The process group, and ancestor, of those that did not escape. */
  readonly root: number | undefined;
  /** `NAME=value` in the environment, which children inherit. */
  readonly entry: string;
  /** What they write to. */
  readonly log: string;
  /** Nobody of them began before: a start as the table of processes has it. */
  readonly since?: string | undefined;
}

/** The processes of an attempt, also those that have left its group, its session and their parents. */
export interface Family {
  readonly root: number | undefined;
  /** Looks who is there now; those seen before are known by number and start. Returns their memory in bytes. */
  look(): number;
  /** Those that still run, looked for everywhere. */
  members(): readonly ProcessEntry[];
}

/** Never counts this process. */
export function familyOf({ root, entry, log, since }: FamilyMarks): Family {
  const known = new Map<number, string>();
  const isKnown = ({ pid, start }: ProcessEntry) => known.get(pid) === start;
  // Ticks since boot on Linux; elsewhere nothing is looked for among the others.
  const mayBelong = ({ start }: ProcessEntry) => since === undefined || Number(start) >= Number(since);
  const add = (found: readonly ProcessEntry[]) => {
    for (const { pid, start } of found) known.set(pid, start);
    return found;
  };
  const rootStart = root === undefined ? "" : identityOf(root).start;
  const descendants = (all: readonly ProcessEntry[]) => {
    // Once the root is gone its number may be another process's, and that of its group as well.
    const isTaken = rootStart !== "" && all.some(({ pid, start }) => pid === root && start !== rootStart);
    const isOurs = (each: ProcessEntry) =>
      isKnown(each) || (root !== undefined && !isTaken && (each.pid === root || each.group === root));
    const found = new Map(all.filter(isOurs).map((each) => [each.pid, each]));
    for (let before = -1; before < found.size; ) {
      before = found.size;
      for (const each of all) if (found.has(each.parent)) found.set(each.pid, each);
    }
    found.delete(process.pid);
    return [...found.values()];
  };
  return {
    root,
    look: () => add(descendants(listProcesses())).reduce((sum, { bytes }) => sum + bytes, 0),
    members() {
      const all = listProcesses();
      const near = descendants(all);
      const others = all.filter((each) => each.pid !== process.pid && !near.includes(each) && mayBelong(each));
      return add([...near, ...others.filter(({ pid }) => hasEnvironment(pid, entry) || isWriting(pid, log))]);
    },
  };
}

/** The group as one, so that nobody forked meanwhile is missed, and each of those that left it. */
function askToEnd(root: number | undefined, members: readonly ProcessEntry[]): void {
  const isGrouped = root !== undefined && members.some(({ group }) => group === root);
  if (isGrouped) send(-root, "SIGTERM");
  for (const { pid, group } of members) if (!isGrouped || group !== root) send(pid, "SIGTERM");
}

/** One that is gone by now needs no signal; one that has become another user's can get none. */
function send(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!/^(ESRCH|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** What ends a family takes at the most, in milliseconds, once it is killed: the kernel may be writing a large memory away. */
const patience = 10_000;
const step = 20;

/** Asks the family to end, kills what is left after `grace` milliseconds, and looks until nobody is there. Returns how many could not be ended. */
export async function endFamily(family: Family, grace: number): Promise<number> {
  const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  let members = family.members();
  const asked = Date.now();
  askToEnd(family.root, members);
  while (members.length > 0 && Date.now() - asked < grace) {
    await pause(step);
    members = family.members();
  }
  const killed = Date.now();
  while (members.length > 0 && Date.now() - killed < patience) {
    // One that was just forked has not been met yet: each look may find more.
    for (const { pid } of members) send(pid, "SIGKILL");
    await pause(step);
    members = family.members();
  }
  return members.length;
}
