// What the program should do, written down a second time: plain data and rules from the public promises, without a line
// of src. Everything is copied by structuredClone, so it holds nothing but data.

export interface ModelNode {
  readonly id: string;
  parent: string | null;
  description: string;
  readonly command: string;
  status: string;
  reason?: string | undefined;
  results: ModelResults | null;
  notes: string[];
  /** As the file has them: a hand edit may leave them out of step. */
  children: string[];
  /** Status and reason from before the node was pruned. */
  before?: { status: string; reason?: string | undefined } | undefined;
  worktree: ModelRecord | null;
  recorded?: { commit: string; clean: boolean } | undefined;
}

export interface ModelResults {
  readonly metric: string;
  readonly direction: string;
  readonly value: number;
  readonly samples?: readonly number[] | undefined;
}

/** What the file says about a node's worktree. */
interface ModelRecord {
  path: string;
  branch: string;
  commit: string | null;
}

/** What the tree file means. */
export interface ModelState {
  nodes: ModelNode[];
  /** Comments made by hand, and the node that each belongs to. */
  comments: { readonly text: string; readonly of: string | null }[];
  /** Whether a hand edit left text that is no YAML. */
  isBroken: boolean;
}

interface ModelVersion {
  /** The call; null for what was saved by hand. */
  readonly command: string | null;
  readonly state: ModelState;
  /** undefined when nobody has seen it yet: that of a file that was just begun. */
  text: string | undefined;
}

export type Files = Map<string, string>;

export interface Model {
  state: ModelState;
  /** The file as it was last seen; undefined before the first node. */
  text: string | undefined;
  versions: ModelVersion[];
  /** By node id: the folders that are on disk. */
  readonly worktrees: Map<string, { head: string; files: Files }>;
  readonly branches: Map<string, string>;
  /** Every commit there ever was, with its files. None may ever get lost. */
  readonly commits: Map<string, Files>;
  readonly main: string;
  /** Whether a killed process may have left a lock behind. */
  wasKilled: boolean;
  /** How many commands ran. */
  ran: number;
  /** What the file was before a hand edit broke it. */
  repaired?: { readonly state: ModelState; readonly text: string | undefined };
  /** Counts up, so that no two texts and values are the same. */
  tick: number;
}

export function newModel(main: string, files: Files): Model {
  return {
    state: { nodes: [], comments: [], isBroken: false },
    text: undefined,
    versions: [],
    worktrees: new Map(),
    branches: new Map([["main", main]]),
    commits: new Map([[main, files]]),
    main,
    wasKilled: false,
    ran: 0,
    tick: 0,
  };
}

export function nodeOf({ state }: Model, id: string): ModelNode | undefined {
  return state.nodes.find((node) => node.id === id);
}

export function childrenOf({ state }: Model, id: string): readonly string[] {
  return state.nodes.filter(({ parent }) => parent === id).map((node) => node.id);
}

/** The node and all under it. */
export function subtreeOf(model: Model, id: string): readonly string[] {
  return [id, ...childrenOf(model, id).flatMap((child) => subtreeOf(model, child))];
}

export function orphansOf({ state: { nodes } }: Model): readonly ModelNode[] {
  return nodes.filter(({ parent }) => parent !== null && !nodes.some(({ id }) => id === parent));
}

/** The exit code of every command that needs a tree, when the file is none; else undefined. */
export function unreadable(model: Model): number | undefined {
  if (model.text === undefined) return 3;
  return model.state.isBroken || orphansOf(model).length > 0 ? 5 : undefined;
}

/** Whether the newest version is not what the file is. */
export function isEdited({ versions, text }: Pick<Model, "versions" | "text">): boolean {
  const newest = versions.at(-1);
  return newest === undefined || newest.text !== text;
}

export function isOwn(node: ModelNode | undefined): node is ModelNode & { worktree: ModelRecord } {
  return node !== undefined && node.worktree !== null && node.worktree.path !== ".";
}

export function recordFor(id: string, commit: string | null = null): ModelRecord {
  return { path: `.worktrees/${id}`, branch: `iter/${id}`, commit };
}

const isIgnored = (name: string) => name.endsWith(".ckpt");

/** What a commit of everything in the worktree would hold. */
function committable(files: Files): Files {
  return new Map([...files].filter(([name]) => !isIgnored(name)));
}

export function isSame(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}

/** Whether a tracked file of the worktree is modified. */
export function isModified({ worktrees, commits }: Model, id: string): boolean {
  const { head, files } = worktrees.get(id) ?? { head: "", files: new Map<string, string>() };
  return [...(commits.get(head) ?? [])].some(([name, text]) => files.get(name) !== text);
}

/** Whether the worktree holds anything that its commit does not: modified, untracked or ignored. */
export function holdsWork({ worktrees, commits }: Model, id: string): boolean {
  const worktree = worktrees.get(id);
  return worktree !== undefined && !isSame(worktree.files, commits.get(worktree.head) ?? new Map());
}

export function isUncommitted({ worktrees, commits }: Model, id: string): boolean {
  const worktree = worktrees.get(id);
  return worktree !== undefined && !isSame(committable(worktree.files), commits.get(worktree.head) ?? new Map());
}

/** Everything in the worktree has become the commit `head`. */
export function commitWork({ worktrees, branches, commits }: Model, id: string, head: string): void {
  const worktree = worktrees.get(id);
  if (!worktree || worktree.head === head) return;
  commits.set(head, committable(worktree.files));
  worktree.head = head;
  branches.set(`iter/${id}`, head);
}

/** Puts the folder there: on its branch when that still is, else at the node's commit, else where the parent is. */
export function createFolder(model: Model, id: string): void {
  const { worktrees, branches, commits, main } = model;
  if (worktrees.has(id)) return;
  const node = nodeOf(model, id);
  const from = node?.worktree?.commit || node?.parent == null ? node : nodeOf(model, node.parent);
  const { commit, branch } = (from === node && !node?.worktree?.commit ? null : from?.worktree) ?? {};
  const start = commit ?? (branch ? branches.get(branch) : undefined) ?? main;
  const head = branches.get(`iter/${id}`) ?? start;
  branches.set(`iter/${id}`, head);
  worktrees.set(id, { head, files: new Map(commits.get(head)) });
}

/** `children` of nodes that changed, and of parents whose children came or went, follow `parent_id`. */
export function keepInStep(model: Model, ids: readonly (string | null)[]): void {
  for (const id of ids) {
    const node = id === null ? undefined : nodeOf(model, id);
    if (node && isOutOfStep(model, node)) node.children = [...childrenOf(model, node.id)];
  }
}

export function isOutOfStep(model: Model, { id, children }: ModelNode): boolean {
  return [...children].sort().join() !== [...childrenOf(model, id)].sort().join();
}

/** A copy of what the file means, for a version. */
export function snapshot(state: ModelState): ModelState {
  return structuredClone(state);
}

export const emptyState: ModelState = { nodes: [], comments: [], isBroken: false };
