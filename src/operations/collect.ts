import { copyFileSync, mkdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { ConflictError, UsageError } from "../errors.ts";
import { filesOf } from "../runner/exit-record.ts";
import { findJob } from "../runner/find-job.ts";
import { shellWord } from "../shell-word.ts";
import { awaitedResults, finishAttempt, openAttempt } from "../tree/attempt.ts";
import type { Change } from "../tree/change.ts";
import { type DecidedResults, decideResults } from "../tree/decide-results.ts";
import { requireNode } from "../tree/find-node.ts";
import type { IterationNode, IterationTree } from "../tree/iteration-tree.ts";
import { isSafeId } from "../tree/node-id.ts";
import { findObjectives } from "../tree/objective.ts";
import { primaryOf } from "../tree/results.ts";
import { updateNode } from "../tree/update-node.ts";
import { attemptFolder } from "./attempt-folder.ts";
import { extractResults, findText, requireFile } from "./extract-results.ts";
import { readText, type TextInput } from "./read-results.ts";
import type { Workspace } from "./workspace.ts";

export interface CollectRequest extends TextInput {
  readonly id: string;
  /** Inline YAML or JSON, a file's path, or `-`: in full, or a mapping of names and numbers. */
  readonly results?: string | undefined;
  /** The path of what the command printed. */
  readonly log?: string | undefined;
  /** The path of what it wrote. */
  readonly resultsFile?: string | undefined;
}

export interface Collected extends Change {
  readonly origins: DecidedResults["origins"];
}

/** Records what somebody else measured for a node that waits, read as that of a run. What cannot be read changes nothing. Throws ConflictError, NotFoundError, InvalidResultsError. */
export async function collectResults(workspace: Workspace, request: CollectRequest): Promise<Collected> {
  const tree = await workspace.load();
  const node = requireNode(tree, request.id);
  requireWaiting(node);
  const { results, origins } = await measured(tree, request);
  const open = openAttempt(node);
  const folder = open && request.log !== undefined ? attemptFolder(workspace.file, node.node_id, open.id) : undefined;
  const change = await workspace.edit((now) => record(now, node, { results, now: workspace.now() }));
  if (folder !== undefined && request.log !== undefined && !workspace.dryRun)
    keepLog(workspace, resolve(request.cwd, request.log), folder);
  return { ...change, origins };
}

/** The results are recorded: a log that cannot be kept is told, and no failure of the call. */
function keepLog(workspace: Workspace, path: string, folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    copyFileSync(path, filesOf(folder).log);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    workspace.warn(`the results are recorded, but the log could not be kept: ${message}`);
  }
}

/** Throws ConflictError. */
function requireWaiting(node: IterationNode): void {
  if (node.status !== "waiting") {
    throw new ConflictError(`'${node.node_id}' does not wait for results: it is ${node.status}`, {
      hint: `To record results all the same: tree-autoresearch update --id ${shellWord(node.node_id)} --results R`,
    });
  }
}

/** As the end of the attempt that waits; of a node that was set to wait by hand, as an update. */
function record(
  tree: IterationTree,
  { node_id: id }: IterationNode,
  { results, now }: { readonly results: DecidedResults["results"]; readonly now: string },
): Change {
  const current = requireNode(tree, id);
  requireWaiting(current);
  const attempt = openAttempt(current)?.id;
  if (attempt === undefined) return updateNode(tree, { id, results, now });
  const facts = { ended_at: now, value: primaryOf(results).value };
  return finishAttempt(tree, { id, attempt, outcome: "completed", results, facts, now });
}

async function measured(tree: IterationTree, request: CollectRequest): Promise<DecidedResults> {
  const { results, log, resultsFile, cwd } = request;
  if ([results, log, resultsFile].filter((each) => each !== undefined).length !== 1) {
    throw new UsageError("Give one of --results, --log and --results-file", {
      hint: "--log takes what the command printed, --results-file what it wrote, --results the numbers.",
    });
  }
  if (log !== undefined) return extractResults(tree, { log: requireFile(cwd, log, "--log"), resultsFiles: [] });
  const { parseMeasured } = await import("../store/parse-measured.ts");
  const { text, name } =
    results !== undefined
      ? await readText(results, request)
      : fileText(requireFile(cwd, resultsFile as string, "--results-file"));
  return decideResults([parseMeasured(text, name)], findObjectives(tree));
}

function fileText(path: string): { readonly text: string; readonly name: string } {
  const name = basename(path);
  return { text: findText(path, name) ?? "", name };
}

/** A node whose results somebody else is to give. */
export interface AwaitedResults {
  readonly node_id: string;
  readonly attempt: number | null;
  /** ISO 8601, UTC; null when the file does not say */
  readonly since: string | null;
  /** absolute; null where none was prepared */
  readonly directory: string | null;
  readonly command: string;
  /** full id */
  readonly commit: string | null;
  readonly metrics: readonly string[];
  readonly reason: string | null;
}

/** What is awaited, longest first. */
export async function listAwaited(workspace: Workspace): Promise<readonly AwaitedResults[]> {
  const tree = await workspace.load();
  const metrics = findObjectives(tree).map(({ metric }) => metric);
  return awaitedResults(tree)
    .map((node) => describeAwaited(workspace, node, metrics))
    .toSorted((a, b) => ((a.since ?? "") < (b.since ?? "") ? -1 : 1));
}

/** Throws nothing for a node that waits without an attempt of ours. */
export function describeAwaited({ file }: Workspace, node: IterationNode, metrics: readonly string[]): AwaitedResults {
  const open = openAttempt(node);
  const job = open && isSafeId(node.node_id) ? findJob(attemptFolder(file, node.node_id, open.id)) : undefined;
  return {
    node_id: node.node_id,
    attempt: open?.id ?? null,
    since: open?.started_at ?? node.updated_at ?? null,
    directory: job?.cwd ?? null,
    command: job?.command ?? node.command,
    commit: open?.commit ?? node.worktree?.commit ?? null,
    metrics,
    reason: node.reason ?? null,
  };
}
