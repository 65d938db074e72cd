// Sequences of calls, hand edits, kills and work in worktrees, on a real repository each, held step by step against a
// small model of what should come of them (model/), which shares no code with src.
//
// A divergence is shrunk by fast-check; the error names what was expected, the calls that led there, and `seed`, `path`
// and `replayPath`. To see the shrunk sequence again, alone:
//   MODEL_REPLAY='{"seed": 7, "path": "3:1", "replayPath": "AAB:F"}' npx vitest run test/proofs/model.test.ts -t "agree after"
// (The moment of a kill is not part of the seed: what depends on it may need a few replays.)
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tempFolder, tempRepository } from "../temp-repository.ts";
import { step } from "./model/check.ts";
import { type Counts, commandsOf } from "./model/commands.ts";
import type { Rule } from "./model/outcome.ts";
import { filesIn, openReal, type Real } from "./model/real.ts";
import { type Model, newModel } from "./model/state.ts";
import { finish } from "./model/steps.ts";
import { addRule } from "./model/tree-rules.ts";
import { deleteRule, pruneRule, syncRule } from "./model/worktree-rules.ts";
import { campaign, isLong, patience, report, size, type Tally } from "./proof.ts";

const anchor = "model";

/** So many sequences run at the same time, each in a repository of its own. */
const lanes = 2;

interface Replay {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
}

/** A busy machine takes several times as long as an idle one. */
const timeout = isLong ? patience : 900_000;

const replay = process.env["MODEL_REPLAY"] ? (JSON.parse(process.env["MODEL_REPLAY"]) as Replay) : undefined;

/** Copies of one repository, each of which goes when its sequence has ended. */
function repositories() {
  const { root: template, git } = tempRepository();
  const base = tempFolder();
  const main = git("rev-parse", "HEAD");
  let made = 0;
  return async (use: (real: Real, model: Model) => Promise<void>) => {
    const root = join(base, `${++made}`, "repository");
    mkdirSync(join(base, `${made}`));
    cpSync(template, root, { recursive: true });
    try {
      await use(openReal(root), newModel(main, filesIn(template)));
    } finally {
      rmSync(join(root, ".."), { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

/** Runs random sequences, one after the other. Throws a divergence, shrunk, with what is needed to see it again. */
async function runSequences(use: ReturnType<typeof repositories>, seed: number, numRuns: number): Promise<Tally> {
  const counts: Counts = {};
  const { replayPath, ...again } = replay ?? {};
  const property = fc.asyncProperty(
    fc.noBias(fc.nat(2)),
    fc.noBias(commandsOf(counts, replayPath)),
    (start, commands) =>
      use(async (real, model) => {
        await plant(model, real, start);
        await fc.asyncModelRun(() => ({ model, real }), commands);
        await finish(model, real);
        counts["sequences"] = (counts["sequences"] ?? 0) + 1;
        counts["commands"] = (counts["commands"] ?? 0) + model.ran;
      }),
  );
  // A divergence must be told before the test counts as hung, however far it was shrunk by then.
  const limit = { interruptAfterTimeLimit: isLong ? 3_600_000 : 0.8 * timeout, markInterruptAsFailure: true };
  await fc.assert(property, {
    seed,
    numRuns,
    ...limit,
    ...again,
  });
  return counts;
}

/** A tree to begin with: most commands need one. */
async function plant(model: Model, real: Real, nodes: number): Promise<void> {
  for (const id of ["a", "b"].slice(0, nodes)) {
    const parent = id === "a" ? null : "a";
    const call = { id, parent, description: `planted ${id}`, command: "node train.mjs", hasWorktree: true };
    const under = parent === null ? [] : ["--parent", parent];
    const args = ["add", "--id", id, ...under, "--desc", call.description, "--cmd", call.command, "--worktree"];
    await step(model, real, args, addRule(call));
  }
}

function add(sums: Tally, counts: Tally): Tally {
  const names = [...new Set([...Object.keys(sums), ...Object.keys(counts)])];
  return Object.fromEntries(names.map((name) => [name, (sums[name] ?? 0) + (counts[name] ?? 0)]));
}

describe("the program and a model of it", () => {
  it("agree after every step of random sequences of calls, hand edits, kills and work in worktrees", {
    timeout,
  }, async () => {
    const use = repositories();
    const rounds = replay ? 1 : size({ ci: 20, long: 1000 });
    const tally = await campaign(anchor, { rounds, each: isLong ? 20 : rounds }, async (first, count) => {
      const half = Math.ceil(count / lanes);
      const shares = Array.from({ length: lanes }, (_, lane) => Math.min(half, count - lane * half));
      const runs = shares.map((share, lane) =>
        share > 0 ? runSequences(use, first + lane * half, share) : Promise.resolve({}),
      );
      // A divergence of one lane is told when the others have ended: they still work in their repositories.
      const ended = await Promise.allSettled(runs);
      return ended.map((each) => (each.status === "fulfilled" ? each.value : raise(each.reason))).reduce(add, {});
    });
    const { sequences = 0, commands = 0, ...kinds } = tally;
    expect(sequences).toBe(rounds);
    const often = Object.entries(kinds).sort(([, a], [, b]) => b - a);
    report({
      promise: "The program and a small model of it agree after every step of random sequences",
      anchor,
      figure: `${sequences} sequences, ${commands} commands, 0 divergences (${often.map(([kind, n]) => `${kind} ${n}`).join(", ")})`,
    });
  });

  /** Adds a node with a worktree and works in it, so that there is something to lose. */
  async function begin(model: Model, real: Real): Promise<void> {
    await plant(model, real, 2);
    writeFileSync(join(real.root, ".worktrees/b/new.txt"), "new\n");
    model.worktrees.get("b")?.files.set("new.txt", "new\n");
    await step(model, real, ["sync", "--id", "b", "-m", "work"], syncRule("b", "work"));
  }

  it("do not agree when a rule of the model is wrong", async () => {
    await repositories()(async (real, model) => {
      await begin(model, real);
      const keepsStatus: Rule = (now) => ({ ...pruneRule("a", "slow", {})(now), next: () => {} });
      const args = ["prune", "--id", "a", "--reason", "slow"];
      await expect(step(model, real, args, keepsStatus)).rejects.toThrow("Divergence: the text");
    });
  });

  it("do not agree when a commit loses its pin, a change is lost, or a file in a worktree is gone", async () => {
    const flaws: Record<string, (real: Real) => Promise<unknown> | undefined> = {
      "a commit": (real) => unpin(real),
      "the text": async (real) => real.save(`${real.text()}# not by the model\n`),
      "files of the worktree": async ({ root }) => rmSync(join(root, ".worktrees/a/train.mjs")),
    };
    for (const [what, flaw] of Object.entries(flaws)) {
      await repositories()(async (real, model) => {
        await begin(model, real);
        await step(model, real, ["delete", "--id", "b"], deleteRule("b", {}));
        await flaw(real);
        await expect(finish(model, real)).rejects.toThrow(`Divergence: ${what}`);
      });
    }
  });
});

function raise(error: Error): never {
  throw error;
}

async function unpin({ git }: Real): Promise<void> {
  const refs = await git("for-each-ref", "--format=%(refname)", "refs/tree-autoresearch");
  for (const ref of refs.split("\n")) await git("update-ref", "-d", ref);
}
