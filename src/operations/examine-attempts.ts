import { basename, dirname, join } from "node:path";
import { listSupervisors } from "../runner/list-supervisors.ts";
import { isDead } from "../system/process-identity.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import type { Fault, Note } from "./fault.ts";
import { processBehind } from "./find-over.ts";
import type { Workspace } from "./workspace.ts";

/** Attempts that run, and whose end nobody will record: somebody took the node, or the attempt, out of the file by hand. */
export async function findUnknownRuns(workspace: Workspace): Promise<readonly Note[]> {
  const running = listSupervisors(join(workspace.file.stateFolder, "runs"));
  if (running.length === 0) return [];
  // Read after them: an attempt is recorded before it begins.
  const { nodes } = await workspace.loadNodes();
  const known = new Set(nodes.map((node) => processBehind(node)?.pid));
  return running
    .filter(({ pid }) => !known.has(pid))
    .map(({ pid, name }) => ({
      node_id: null,
      message: `process ${pid} runs attempt ${basename(name)} of '${dirname(name)}', which the tree does not follow any more; to end it: kill ${pid}`,
    }));
}

/** Nodes that are said to run: only one that an attempt of ours runs can be judged. */
export function examineAttempts(
  workspace: Workspace,
  { nodes }: IterationTree,
): { readonly faults: readonly Fault[]; readonly notes: readonly Note[] } {
  const faults: Fault[] = [];
  const notes: Note[] = [];
  const fix = "record how it ended";
  const settle = async (id: string) => {
    const { settleAttempts } = await import("./settle-attempts.ts");
    await settleAttempts(workspace, await workspace.loadNodes(), [id]);
  };
  for (const node of nodes) {
    const { node_id, status, updated_at, created_at } = node;
    if (status !== "running") continue;
    const identity = processBehind(node);
    if (!identity) {
      const age = ageOf(updated_at ?? created_at, workspace.now());
      notes.push({ node_id, message: `running${age}, set by hand or by update: whether it still runs is not known` });
    } else if (isDead(identity)) {
      const message = `running, but its process ${identity.pid} is gone`;
      faults.push({ code: "running-without-process", node_id, message, fix, mend: () => settle(node_id) });
    }
  }
  return { faults, notes };
}

/** ` for 3 h`; empty when the file does not say since when. */
function ageOf(since: string | undefined, now: string): string {
  const seconds = (Date.parse(now) - Date.parse(since ?? "")) / 1000;
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
  ] as const;
  const [unit, length] = units.find(([, each]) => seconds >= each) ?? ["s", 1];
  return ` for ${Math.floor(seconds / length)} ${unit}`;
}
