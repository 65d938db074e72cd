// The calls of the program, each with the rule that says what should come of it.
import * as fc from "fast-check";
import type { Rule } from "./outcome.ts";
import { holdsWork, type Model, nodeOf, unreadable } from "./state.ts";
import * as trees from "./tree-rules.ts";
import * as worktrees from "./worktree-rules.ts";

/** A call of the program, made up when the model is known: the arguments, and what should come of it. */
interface Call {
  readonly args: readonly string[];
  readonly rule: Rule;
}

export interface Kind {
  readonly name: string;
  readonly call: (model: Model) => Call;
}

const ids = ["a", "b", "c", "d", "e"];

/** The node that a number stands for; mostly one of the tree, now and then one that nobody knows. */
export function idAt({ state: { nodes } }: Model, pick: number): string {
  return pick === 99 ? "nobody" : (nodes[pick % Math.max(nodes.length, 1)]?.id ?? "nobody");
}

export const pick = fc.oneof({ arbitrary: fc.nat(20), weight: 19 }, { arbitrary: fc.constant(99), weight: 1 });
const flag = fc.boolean();
const seldom = fc.nat(4).map((number) => number === 0);
const option = (name: string, isSet: boolean) => (isSet ? [name] : []);

const addKind = fc.record({ id: fc.constantFrom(...ids), parent: fc.option(pick), hasWorktree: flag, again: flag }).map(
  ({ id, parent: at, hasWorktree, again }): Kind => ({
    name: "add",
    call(model) {
      const existing = again ? nodeOf(model, id) : undefined;
      const parent = existing ? existing.parent : at === null ? null : idAt(model, at);
      const description = existing?.description || `described ${++model.tick}`;
      const command = existing?.command || `node train.mjs ${++model.tick}`;
      const args = ["--id", id, ...(parent === null ? [] : ["--parent", parent]), "--desc", description];
      return {
        args: ["add", ...args, "--cmd", command, ...option("--worktree", hasWorktree)],
        rule: trees.addRule({ id, parent, description, command, hasWorktree }),
      };
    },
  }),
);

const metrics = { accuracy: "maximize", loss: "minimize" } as const;
const updateKind = fc
  .record({
    at: pick,
    metric: fc.option(fc.constantFrom("accuracy" as const, "accuracy" as const, "loss" as const)),
    status: fc.option(fc.constantFrom("pending", "running", "waiting", "completed", "failed"), { freq: 2 }),
    ...{ append: flag, reason: seldom, describe: seldom },
  })
  .map(
    ({ at, metric, status, append, reason: hasReason, describe }): Kind => ({
      name: append && metric ? "update --append" : "update",
      call(model) {
        const id = idAt(model, at);
        const tick = ++model.tick;
        const results = metric ? { metric, direction: metrics[metric], value: tick / 4 } : undefined;
        const [reason, description] = [hasReason ? `reason ${tick}` : undefined, describe ? `new ${tick}` : undefined];
        const given = [
          ...(results ? ["--metric", `${metric}=${results.value}`, "--direction", results.direction] : []),
          ...(status ? ["--status", status] : []),
          ...(reason ? ["--reason", reason] : []),
          ...(description ? ["--desc", description] : []),
          ...option("--append", append && results !== undefined),
        ];
        const note = `note ${tick}`;
        return {
          args: ["update", "--id", id, "--note", note, ...given],
          rule: trees.updateRule({ id, note, results, append, status: status ?? undefined, reason, description }),
        };
      },
    }),
  );

const badResults = [
  ["--metric", "accuracy=NaN", "--direction", "maximize"],
  ["--results", "{primary_metric: accuracy, direction: maximize}"],
  ["--results", "{primary_metric: accuracy, primary_value: high, direction: maximize}"],
];
const badKind = fc.constantFrom(...badResults).map(
  (given): Kind => ({
    name: "update with bad results",
    call: (model) => ({
      args: ["update", "--id", idAt(model, 0), ...given],
      rule: (now) => ({ exit: unreadable(now) ?? 5 }),
    }),
  }),
);

const syncKind = fc.record({ at: pick, message: flag }).map(
  ({ at, message: hasMessage }): Kind => ({
    name: hasMessage ? "sync -m" : "sync",
    call(model) {
      const [id, message] = [idAt(model, at), hasMessage ? `work ${++model.tick}` : undefined];
      return {
        args: ["sync", "--id", id, ...(message ? ["-m", message] : [])],
        rule: worktrees.syncRule(id, message),
      };
    },
  }),
);

const pruneKind = fc.record({ at: pick, reason: fc.constantFrom("slow", "worse"), remove: seldom, force: seldom }).map(
  ({ at, reason, remove, force }): Kind => ({
    name: remove ? "prune --remove-worktree" : "prune",
    call(model) {
      const id = idAt(model, at);
      const flags = remove ? ["--remove-worktree", ...option("--force", force)] : [];
      return {
        args: ["prune", "--id", id, "--reason", reason, ...flags],
        rule: worktrees.pruneRule(id, reason, { remove, force }),
      };
    },
  }),
);

/** Of nodes with a property if there are some, so that a command is not refused most of the time. */
function favour(model: Model, at: number, isWanted: (id: string) => boolean): string {
  const wanted = model.state.nodes.map(({ id }) => id).filter(isWanted);
  return at % 4 === 0 || wanted.length === 0 ? idAt(model, at) : (wanted[at % wanted.length] as string);
}

const unpruneKind = pick.map(
  (at): Kind => ({
    name: "prune --undo",
    call(model) {
      const id = favour(model, at, (each) => nodeOf(model, each)?.status === "pruned");
      return { args: ["prune", "--id", id, "--undo"], rule: trees.unpruneRule(id) };
    },
  }),
);

const deleteKind = fc.record({ at: pick, recursive: flag, force: seldom }).map(
  ({ at, recursive, force }): Kind => ({
    name: "delete",
    call(model) {
      const id = favour(model, at, (each) => holdsWork(model, each));
      return {
        args: ["delete", "--id", id, ...option("--recursive", recursive), ...option("--force", force)],
        rule: worktrees.deleteRule(id, { recursive, force }),
      };
    },
  }),
);

const createKind = pick.map(
  (at): Kind => ({
    name: "worktree --create",
    call(model) {
      const id = favour(model, at, (each) => !model.worktrees.has(each));
      return { args: ["worktree", "--id", id, "--create"], rule: worktrees.createRule(id) };
    },
  }),
);

const removeKind = fc.record({ at: pick, force: seldom }).map(
  ({ at, force }): Kind => ({
    name: "worktree --remove",
    call(model) {
      const id = favour(model, at, (each) => model.worktrees.has(each));
      return {
        args: ["worktree", "--id", id, "--remove", ...option("--force", force)],
        rule: worktrees.removeRule(id, { force }),
      };
    },
  }),
);

const undoKind = fc.option(fc.nat(30), { freq: 2 }).map(
  (at): Kind => ({
    name: at === null ? "undo" : "undo --to",
    call({ versions }) {
      const to = at === null ? undefined : (at % (versions.length + 1)) + 1;
      return { args: ["undo", ...(to === undefined ? [] : ["--to", `${to}`])], rule: trees.undoRule(to) };
    },
  }),
);

const fixKind = fc.constant<Kind>({
  name: "doctor --fix",
  call: () => ({ args: ["doctor", "--fix"], rule: worktrees.doctorRule({ fix: true }) }),
});

/** What changes something, and may therefore be killed. */
export const changes: fc.Arbitrary<Kind> = fc.oneof(
  { arbitrary: addKind, weight: 9 },
  { arbitrary: updateKind, weight: 5 },
  { arbitrary: syncKind, weight: 4 },
  { arbitrary: pruneKind, weight: 2 },
  { arbitrary: unpruneKind, weight: 2 },
  { arbitrary: deleteKind, weight: 3 },
  { arbitrary: createKind, weight: 2 },
  { arbitrary: removeKind, weight: 2 },
  { arbitrary: undoKind, weight: 4 },
);

export const otherCalls: fc.Arbitrary<Kind> = fc.oneof(badKind, fixKind);
