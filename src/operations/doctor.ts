import { asTreeError, InternalError, LockedError, NotFoundError } from "../errors.ts";
import { type Finding, findTreeFaults } from "../tree/finding.ts";
import { mendTree } from "../tree/mend-tree.ts";
import { examineAttempts, findUnknownRuns } from "./examine-attempts.ts";
import { findStrays } from "./examine-leftovers.ts";
import { examineLocks, findOldGitLocks, unlockHolder } from "./examine-locks.ts";
import { examineWorktrees, findWorkers } from "./examine-worktrees.ts";
import type { Fault, Note } from "./fault.ts";
import { inGitTurn, type Workspace } from "./workspace.ts";

/** What was found, and what became of it. */
export interface Diagnosis {
  readonly nodes: number;
  readonly findings: readonly (Finding & {
    readonly fixed: boolean;
    /** why the fix failed */
    readonly error?: string | undefined;
  })[];
  /** What is no fault, but worth knowing. */
  readonly notes: readonly Note[];
}

/**
 * Compares the tree with git, its locks and its processes; with `fix` mends what can be mended without a decision of a
 * person. Removes no record, no commit and nothing that somebody made, only what killed calls left. Throws InvalidTreeError for a file that cannot be read at all.
 */
export async function doctor(
  workspace: Workspace,
  { fix = false }: { readonly fix?: boolean | undefined },
): Promise<Diagnosis> {
  const tree = await workspace.loadNodes();
  const attempts = examineAttempts(workspace, tree);
  const inTree: readonly Fault[] = findTreeFaults(tree);
  const notes = [
    ...attempts.notes,
    ...(await findUnknownRuns(workspace)),
    ...findStrays(workspace, tree),
    ...findWorkers(workspace),
    ...findOldGitLocks(workspace),
  ];
  const locks = await examineLocks(workspace);
  if (!fix) {
    const faults = [
      ...locks,
      ...inTree,
      ...attempts.faults,
      ...(await examineWorktrees(workspace, tree, { isOurTurn: false })),
    ];
    return diagnose(
      tree.nodes.length,
      faults.map((fault) => ({ fault, fixed: false })),
      notes,
    );
  }
  const treated = await treat(workspace, locks);
  treated.push(...(await treatTree(workspace, inTree)));
  treated.push(...(await treat(workspace, attempts.faults)));
  treated.push(...(await treatWorktrees(workspace)));
  return diagnose(tree.nodes.length, treated, notes);
}

/** One edit for all that is wrong in the file, since half of it would leave a file that cannot be read; judged anew, since others go on working. */
async function treatTree(workspace: Workspace, faults: readonly Fault[]): Promise<Treated[]> {
  const mend = async () => {
    await workspace.edit((tree) => mendTree(tree, { now: workspace.now() }), { mends: true });
  };
  const mendable = faults.some(({ fix }) => fix !== null);
  const error = mendable ? await mend().then(() => undefined, errorOf) : undefined;
  return faults.map((fault) => {
    const isMendable = fault.fix !== null;
    return { fault, fixed: isMendable && error === undefined, ...(isMendable && error !== undefined && { error }) };
  });
}

/** Looked at and mended in one turn: what another process of ours was at is done by then. */
async function treatWorktrees(workspace: Workspace): Promise<Treated[]> {
  // In a dry run this is still the old tree.
  const examine = async (isOurTurn: boolean) => examineWorktrees(workspace, await workspace.loadNodes(), { isOurTurn });
  try {
    return await inGitTurn(workspace, async () => treat(workspace, await examine(!workspace.dryRun)), {
      leavesAside: true,
    });
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    const why = errorOf(error);
    return (await examine(false)).map((fault) => ({
      fault,
      fixed: false,
      ...(fault.fix !== null && { error: why }),
    }));
  }
}

/** What a user can act on, with what to do; anything else is thrown on. */
function errorOf(error: unknown): string {
  const known = asTreeError(error);
  if (known instanceof InternalError) throw error;
  return known.hint === undefined ? known.message : `${known.message}. ${known.hint}`;
}

interface Treated {
  readonly fault: Fault;
  readonly fixed: boolean;
  readonly error?: string;
}

/** One that cannot be mended does not keep the others from it. */
async function treat(workspace: Workspace, faults: readonly Fault[]): Promise<Treated[]> {
  const treated: Treated[] = [];
  for (const fault of faults) {
    if (!fault.mend || fault.fix === null) {
      treated.push({ fault, fixed: false });
      continue;
    }
    try {
      await workspace.perform(`${fault.node_id ?? "locks"}: ${fault.fix}`, fault.mend);
      treated.push({ fault, fixed: true });
    } catch (error) {
      treated.push({ fault, fixed: false, error: errorOf(error) });
    }
  }
  return treated;
}

function diagnose(nodes: number, treated: readonly Treated[], notes: readonly Note[]): Diagnosis {
  const findings = treated.map(({ fault: { code, node_id, message, fix }, fixed, error }) => ({
    ...{ code, node_id, message, fix, fixed },
    ...(error !== undefined && { error }),
  }));
  return { nodes, findings, notes };
}

/** Takes a lock from a holder that the caller knows to be gone. Throws NotFoundError, ConflictError when it is alive here. */
export async function unlock(workspace: Workspace, id: string): Promise<string> {
  const released = await unlockHolder(workspace, id);
  if (released) return released;
  throw new NotFoundError(`Nobody holds a lock under the id '${id}'`, {
    hint: "It may be free by now. See: tree-autoresearch doctor",
  });
}
