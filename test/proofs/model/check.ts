// Compares the real side with the model, and takes over what only the real side can know: the ids of new commits, and how
// far a killed program came.
import { isDeepStrictEqual } from "node:util";
import type { Ran } from "../../run-program.ts";
import type { Outcome, Rule } from "./outcome.ts";
import { parseNodes, type Real, reachableCommits, type Survey, surveyOf } from "./real.ts";
import { emptyState, isEdited, isSame, type Model, type ModelNode, type ModelState, snapshot } from "./state.ts";

/** Throws what the model and the program do not agree about. */
export function diverge(real: Real, what: string, expected: unknown, received: unknown): never {
  const show = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  throw new Error(
    `Divergence: ${what}\nexpected ${show(expected)}\nreceived ${show(received)}\nafter\n  ${real.trace.join("\n  ")}\n`,
  );
}

export function same(real: Real, what: string, expected: unknown, received: unknown): void {
  if (!isDeepStrictEqual(expected, received)) diverge(real, what, expected, received);
}

/** Runs a call to its end, and holds everything against the model. */
export async function step(model: Model, real: Real, args: readonly string[], rule: Rule): Promise<Ran> {
  const outcome = rule(model);
  const ran = await real.run(args);
  await settle(model, real, args, outcome, ran);
  return ran;
}

export async function settle(model: Model, real: Real, args: readonly string[], outcome: Outcome, ran: Ran) {
  if (ran.code !== outcome.exit) diverge(real, "exit code", outcome.exit, `${ran.code}\n${ran.stdout}${ran.stderr}`);
  if (ran.code === 0 && !ran.stdout.includes(outcome.answer ?? "")) diverge(real, "answer", outcome.answer, ran.stdout);
  const survey = await surveyOf(real);
  const head = (id: string) => survey.worktrees.get(id)?.head ?? "none";
  if (outcome.commits !== undefined && model.worktrees.get(outcome.commits)?.head === head(outcome.commits))
    diverge(real, "the worktree of -m", "a new commit", head(outcome.commits));
  const before = { state: snapshot(model.state), text: model.text };
  outcome.next?.(model, head);
  takeText(model, real, args, outcome, before);
  await compare(model, real, survey);
}

/** A change is a new version of the text; without one not a byte differs. */
function takeText(
  model: Model,
  real: Real,
  args: readonly string[],
  outcome: Outcome,
  before: Pick<Model, "state" | "text">,
): void {
  const text = real.text();
  if (outcome.restores === undefined) {
    if (JSON.stringify(before.state) === JSON.stringify(model.state)) {
      same(real, "the text", before.text, text);
      return;
    }
  } else {
    const version = model.versions[outcome.restores - 1];
    if (version && version.text === undefined) version.text = text;
    same(real, `the text of version ${outcome.restores}`, version?.text, text);
    if (text === before.text) return;
  }
  model.text = text;
  model.versions = withVersion(model, args, before);
}

/** What was saved by hand since the last version is one of its own, and comes before the new one. */
function withVersion(
  { versions, state, text }: Model,
  args: readonly string[],
  before: Pick<Model, "state" | "text">,
): Model["versions"] {
  const older = [...versions];
  if (before.text === undefined) older.push({ command: "a new file", state: emptyState, text: undefined });
  else if (isEdited({ versions, text: before.text })) older.push({ command: null, ...before });
  return [...older, { command: commandOf(args), state: snapshot(state), text }];
}

function commandOf(args: readonly string[]): string {
  return `tree-autoresearch ${args.join(" ")}`.slice(0, 200);
}

/** The whole real state is the model's. */
export async function compare(model: Model, real: Real, seen?: Survey): Promise<void> {
  same(real, "the text since the last look", model.text, real.text());
  if (model.text !== undefined && !model.state.isBroken) {
    same(real, "nodes", model.state.nodes.map(plain), parseNodes(model.text).map(plain));
    for (const { text } of model.state.comments)
      if (!model.text.includes(text)) diverge(real, "a comment made by hand", text, model.text);
  }
  const [{ worktrees, branches }, reachable] = await Promise.all([seen ?? surveyOf(real), reachableCommits(real)]);
  same(real, "branches", sorted(model.branches), sorted(branches));
  same(real, "worktrees", [...model.worktrees.keys()].sort(), [...worktrees.keys()].sort());
  for (const [id, { head, files }] of model.worktrees) {
    const found = worktrees.get(id);
    if (found?.head !== head) diverge(real, `HEAD of the worktree ${id}`, head, found?.head);
    if (!isSame(files, found.files)) diverge(real, `files of the worktree ${id}`, [...files], [...found.files]);
  }
  for (const commit of model.commits.keys())
    if (!reachable.has(commit)) diverge(real, "a commit", `${commit} reachable`, "no ref leads to it");
}

function sorted(map: ReadonlyMap<string, string>): readonly string[] {
  return [...map].map((pair) => pair.join(" ")).sort();
}

/** Without what is undefined, and with means to 12 digits. */
function plain(node: ModelNode): unknown {
  const { results } = node;
  const value = results && Number(results.value.toPrecision(12));
  return JSON.parse(JSON.stringify({ ...node, results: results && { ...results, value } }, sortedKeys));
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The program was killed: the file is the old one or the new one, whole; of what was to be created or removed each thing
 * is there or is not; and nothing else has changed.
 */
export async function adopt(model: Model, real: Real, args: readonly string[], outcome: Outcome): Promise<void> {
  const survey = await surveyOf(real);
  const { worktrees, branches } = survey;
  const after = structuredClone(model);
  outcome.next?.(after, (id) => worktrees.get(id)?.head ?? "none");
  await adoptText(model, real, args, outcome, after.state);
  for (const id of new Set([...model.worktrees.keys(), ...after.worktrees.keys()])) {
    const [old, next] = [model.worktrees.get(id), after.worktrees.get(id)];
    const adopted = worktrees.has(id) ? (next ?? old) : undefined;
    if (adopted) model.worktrees.set(id, adopted);
    else if (old && next) diverge(real, `the worktree ${id} after a kill`, "there", "gone");
    else model.worktrees.delete(id);
  }
  for (const name of new Set([...model.branches.keys(), ...after.branches.keys()])) {
    const found = branches.get(name);
    const allowed = [model.branches.get(name), after.branches.get(name)];
    if (!allowed.includes(found)) diverge(real, `the branch ${name} after a kill`, allowed, found);
    if (found === undefined) model.branches.delete(name);
    else model.branches.set(name, found);
  }
  for (const [commit, files] of after.commits) model.commits.set(commit, files);
  model.wasKilled = true;
  await compare(model, real, survey);
  await compareHistory(model, real);
}

/** Whoever was killed between saving and remembering leaves a text that looks like one saved by hand. */
async function adoptText(
  model: Model,
  real: Real,
  args: readonly string[],
  { restores }: Outcome,
  next: ModelState,
): Promise<void> {
  const text = real.text();
  if (text === model.text) return;
  const version = model.versions[(restores ?? 0) - 1];
  if (version && version.text === undefined) version.text = text;
  if (version) same(real, `the text of version ${restores} after a kill`, version.text, text);
  const before = { state: model.state, text: model.text };
  model.state = next;
  model.text = text;
  const { versions } = await listHistory(real);
  if (versions.length !== model.versions.length) model.versions = withVersion(model, args, before);
}

interface Listed {
  readonly versions: readonly { readonly version: number; readonly command: string | null }[];
  readonly edited_by_hand: boolean;
}

async function listHistory(real: Real): Promise<Listed> {
  const { code, stdout, stderr } = await real.run(["history", "--json", "--limit", "1000"]);
  if (code !== 0) diverge(real, "history", 0, stderr);
  return JSON.parse(stdout);
}

/** The versions are those that the model saw coming, newest first. */
export async function compareHistory(model: Model, real: Real): Promise<void> {
  if (model.text === undefined && model.versions.length === 0) {
    // The first `add` was killed before it wrote anything.
    const { code } = await real.run(["history"]);
    return same(real, "history of no tree", 3, code);
  }
  const { versions, edited_by_hand } = await listHistory(real);
  const expected = model.versions.map(({ command }, i) => ({ version: i + 1, command }));
  const received = versions.map(({ version, command }) => ({ version, command }));
  same(real, "history", expected.reverse(), received);
  same(real, "edited by hand", isEdited(model), edited_by_hand);
}
