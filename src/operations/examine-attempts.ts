import { isDead } from "../system/process-identity.ts";
import type { IterationTree } from "../tree/iteration-tree.ts";
import type { Fault, Note } from "./fault.ts";
import { processBehind } from "./find-over.ts";
import type { Workspace } from "./workspace.ts";

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
