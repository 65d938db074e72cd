// The commands of a sequence: calls, kills, a person who edits the file, work in the worktrees.
import * as fc from "fast-check";
import { changes, idAt, otherCalls, pick } from "./calls.ts";
import { adopt, settle, step } from "./check.ts";
import { moveByHand } from "./hand-edits.ts";
import type { Real } from "./real.ts";
import { type Model, type ModelNode, nodeOf, orphansOf, snapshot } from "./state.ts";
import { edit, look, save, work } from "./steps.ts";
import { doctorRule } from "./worktree-rules.ts";

type Command = fc.AsyncCommand<Model, Real>;

/** How often each kind of command ran. */
export type Counts = Record<string, number>;

function count(counts: Counts, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** So many commands a sequence at the most. */
const longest = 12;

interface Parts {
  readonly name: string;
  /** Whether it makes sense now; a tree file there must be for most. */
  readonly check?: (model: Model) => boolean;
  readonly run: (model: Model, real: Real) => Promise<void>;
}

function commandOf(counts: Counts, { name, check = ({ text }) => text !== undefined, run }: Parts): Command {
  return {
    check: (model) => model.ran < longest && check(model),
    async run(model, real) {
      model.ran++;
      count(counts, name);
      await run(model, real);
    },
    toString: () => name,
  };
}

/** All commands, which count in `counts` how often they ran. */
export function commandsOf(counts: Counts, replayPath: string | undefined): fc.Arbitrary<Iterable<Command>> {
  const command = (parts: Parts) => commandOf(counts, parts);
  const isWellFormed = (model: Model) => model.text !== undefined && !model.state.isBroken;
  const hasNodes = (model: Model) => isWellFormed(model) && model.state.nodes.length > 0;

  const calls = fc
    .oneof({ arbitrary: changes, weight: 10 }, { arbitrary: otherCalls, weight: 1 })
    .map(({ name, call }) =>
      command({
        name,
        check: ({ text }) => text !== undefined || name === "add",
        async run(model, real) {
          const { args, rule } = call(model);
          await step(model, real, args, rule);
        },
      }),
    );

  const kills = fc.record({ kind: changes, share: fc.nat(160) }).map(({ kind: { name, call }, share }) =>
    command({
      name: "kill",
      check: ({ text }) => text !== undefined || name === "add",
      async run(model, real) {
        const { args, rule } = call(model);
        const outcome = rule(model);
        const ran = await real.kill(args, share / 100);
        if (ran.code !== null) return settle(model, real, args, outcome, ran);
        count(counts, "kill in time");
        await adopt(model, real, args, outcome);
        // The next command works, and does what the killed one left undone.
        await step(model, real, args, rule);
      },
    }),
  );

  const edits: fc.Arbitrary<Command> = fc
    .record({ at: pick, what: fc.constantFrom("describe", "comment", "comment", "append", "append", "reorder") })
    .map(({ at, what }) =>
      command({
        name: `edit by hand: ${what}`,
        check: hasNodes,
        run: (model, real) => edit(model, real, what, at),
      }),
    );

  const breaks = fc.constant(
    command({
      name: "edit by hand: break",
      check: isWellFormed,
      async run(model, real) {
        model.repaired = { state: snapshot(model.state), text: model.text };
        model.state.isBroken = true;
        await save(model, real, `${model.text}nodes: [\n`);
      },
    }),
  );
  const repairs = fc.constant(
    command({
      name: "edit by hand: repair",
      check: ({ state, repaired }) => state.isBroken && repaired !== undefined,
      async run(model, real) {
        const { state, text } = model.repaired ?? model;
        model.state = snapshot(state);
        await save(model, real, text as string);
      },
    }),
  );
  const orphans = pick.map((at) =>
    command({
      name: "edit by hand: unknown parent",
      check: (model) => hasNodes(model) && orphansOf(model).length === 0,
      async run(model, real) {
        const node = nodeOf(model, idAt(model, at % 20)) as ModelNode;
        node.parent = "missing";
        await save(model, real, moveByHand(model.text as string, node.id, "missing"));
      },
    }),
  );
  const mends = fc.constant(
    command({
      name: "doctor --fix of an unknown parent",
      check: (model) => isWellFormed(model) && orphansOf(model).length > 0,
      run: async (model, real) => void (await step(model, real, ["doctor", "--fix"], doctorRule({ fix: true }))),
    }),
  );

  const works = fc
    .record({ at: pick, what: fc.constantFrom("tracked", "untracked", "ignored", "commit", "commit") })
    .map(({ at, what }) =>
      command({
        name: `work: ${what}`,
        check: ({ worktrees }) => worktrees.size > 0,
        run: (model, real) => work(model, real, what, at),
      }),
    );

  const looks = fc.constantFrom("history", "doctor", "list").map((what) =>
    command({
      name: what,
      run: (model, real) => look(model, real, what),
    }),
  );

  return fc.commands(
    [
      ...Array<typeof calls>(9).fill(calls),
      ...Array<typeof kills>(2).fill(kills),
      ...Array<typeof edits>(2).fill(edits),
      ...Array<typeof works>(3).fill(works),
      ...[breaks, repairs, repairs, orphans, mends, mends, looks, looks],
    ],
    // Some make no sense when their turn comes, and are left out.
    { maxCommands: 24, size: "max", ...(replayPath !== undefined && { replayPath }) },
  );
}
