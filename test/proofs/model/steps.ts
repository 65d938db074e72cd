// What a command of a sequence does that is no call: edits by hand, work in a worktree, looks.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { idAt } from "./calls.ts";
import { compare, compareHistory, diverge, same, step } from "./check.ts";
import { appendByHand, commentByHand, describeByHand, reorderByHand } from "./hand-edits.ts";
import type { Real } from "./real.ts";
import { commitWork, isUncommitted, type Model, type ModelNode, nodeOf, orphansOf } from "./state.ts";
import { doctorRule, findFaults } from "./worktree-rules.ts";

export async function save(model: Model, real: Real, text: string): Promise<void> {
  real.save(text);
  model.text = text;
  await compare(model, real);
}

export async function edit(model: Model, real: Real, what: string, at: number): Promise<void> {
  const text = model.text as string;
  const { state } = model;
  const id = idAt(model, at % 20);
  const tick = ++model.tick;
  if (what === "describe") {
    (nodeOf(model, id) as ModelNode).description = `by hand ${tick}`;
    return save(model, real, describeByHand(text, id, `by hand ${tick}`));
  }
  if (what === "comment") {
    const of = at % 3 === 0 ? null : id;
    state.comments.push(
      ...(of ? ["above ", "beside "] : [""]).map((where) => ({ text: `# ${where}hand ${tick}.`, of })),
    );
    return save(model, real, commentByHand(text, of, `hand ${tick}.`));
  }
  if (what === "append") {
    const parent = at % 3 === 0 || orphansOf(model).length > 0 ? null : id;
    const node = { id: `h${tick}`, parent, description: `by hand ${tick}`, command: "", status: "pending" };
    state.nodes.push({ ...node, results: null, notes: [], children: [], worktree: null });
    return save(model, real, appendByHand(text, node.id, parent, node.description));
  }
  state.nodes = [...state.nodes.slice(-1), ...state.nodes.slice(0, -1)];
  return save(model, real, reorderByHand(text));
}

export async function work(model: Model, real: Real, what: string, at: number): Promise<void> {
  const ids = [...model.worktrees.keys()];
  const id = ids[at % ids.length] as string;
  const { files } = model.worktrees.get(id) as { files: Map<string, string> };
  const tick = ++model.tick;
  const folder = join(real.root, ".worktrees", id);
  if (what === "commit") {
    if (!isUncommitted(model, id)) return;
    await real.git("-C", folder, "add", "--all");
    await real.git("-C", folder, "commit", "--quiet", "-m", `work ${tick}`);
    commitWork(model, id, await real.git("-C", folder, "rev-parse", "HEAD"));
  } else {
    const name = { tracked: "train.mjs", untracked: `notes-${tick}.txt`, ignored: `model-${tick}.ckpt` }[
      what
    ] as string;
    writeFileSync(join(folder, name), `content ${tick}\n`);
    files.set(name, `content ${tick}\n`);
  }
  real.trace.push(`(${what} in .worktrees/${id})`);
  await compare(model, real);
}

/** Commands that change nothing, and what they say. */
export async function look(model: Model, real: Real, what: string): Promise<void> {
  if (what === "history") {
    await compareHistory(model, real);
    const version = model.tick % (model.versions.length + 1);
    const text = model.versions[version - 1]?.text;
    if (text === undefined) return;
    const { stdout } = await real.run(["history", "--show", `${version}`, "--json"]);
    same(real, `what history shows of version ${version}`, { version, text }, JSON.parse(stdout));
  } else if (what === "doctor") {
    await lookByDoctor(model, real);
  } else {
    const { code, stdout } = await real.run(["list", "--json"]);
    const isReadable = !model.state.isBroken && orphansOf(model).length === 0;
    same(real, "exit code", isReadable ? 0 : 5, code);
    const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).sort();
    if (isReadable) same(real, "list", model.state.nodes.map(({ id }) => id).sort(), ids(JSON.parse(stdout)));
  }
  await compare(model, real);
}

async function lookByDoctor(model: Model, real: Real): Promise<void> {
  const { code, stdout, stderr } = await real.run(["doctor", "--json"]);
  if (model.state.isBroken) return same(real, "exit code", 5, code);
  if (stdout === "") diverge(real, "doctor", "a diagnosis", stderr);
  const { findings } = JSON.parse(stdout) as { findings: readonly { code: string; node_id: string | null }[] };
  const ofKill = ["dead-lock", "leftover-file"];
  const found = findings.filter(({ code: each }) => !(model.wasKilled && ofKill.includes(each)));
  same(real, "findings", findFaults(model), found.map((each) => `${each.code} ${each.node_id}`).sort());
  same(real, "exit code", findings.length > 0 ? 5 : 0, code);
}

/** The end of a sequence: doctor mends what it can, git collects its garbage, and nothing of value is gone. */
export async function finish(model: Model, real: Real): Promise<void> {
  if (model.text !== undefined) {
    await step(model, real, ["doctor", "--fix"], doctorRule({ fix: true }));
    if (model.wasKilled && !model.state.isBroken) {
      model.wasKilled = false; // what a killed process left has been cleared away
      await lookByDoctor(model, real);
    }
    await compareHistory(model, real);
  }
  await real.git("reflog", "expire", "--expire=now", "--all");
  await real.git("gc", "--quiet", "--prune=now");
  await real.git("rev-list", "--objects", "--quiet", ...model.commits.keys()); // fails when an object is gone
  await compare(model, real);
}
