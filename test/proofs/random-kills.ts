import { isDeepStrictEqual } from "node:util";
import { readTree } from "../../src/store/read-tree.ts";
import type { IterationTree } from "../../src/tree/iteration-tree.ts";
import { runFaulty } from "./fault-runs.ts";
import type { Tally } from "./proof.ts";
import { type Action, chooseAction } from "./random-actions.ts";
import { findLeftovers, treeText } from "./repository-state.ts";

/** Numbers between 0 and 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Runs random commands on one repository, most of them killed at a random call or moment, until `kills` were. Nothing is
 * cleared away in between: a killed command is followed by the same one, perhaps killed again, until it has worked.
 */
export async function killAtRandom(root: string, { seed, kills }: { readonly seed: number; readonly kills: number }) {
  const random = randomFrom(seed);
  const tally = { kills: 0, acknowledged: 0, lost: 0, corrupt: 0, "not recovered": 0 };
  const complaints: string[] = [];
  // What is not committed would rightly keep a worktree from being removed.
  await runFaulty({ root, args: ["sync", "--id", "dirty", "-m", "begin"] });
  let tree = readNow(root);
  while (tally.kills < kills) {
    const action = chooseAction(tree, root, random);
    for (let isRepeated = false; ; isRepeated = true) {
      const ran = await runMaybeKilled(root, action, random);
      const step = judge(root, tree, action, ran.code === 0);
      tree = step.tree;
      if (step.fault) {
        tally[step.fault]++;
        complaints.push(`${step.fault} after ${action.args.join(" ")}`);
      }
      if (ran.isKilled) tally.kills++;
      else {
        if (ran.code === 0) tally.acknowledged++;
        else if (!(isRepeated && action.isSpent && ran.code === 3)) {
          tally["not recovered"]++;
          complaints.push(`${action.args.join(" ")} exits with ${ran.code}: ${ran.stderr}`);
        }
        break;
      }
    }
  }
  const last = await runFaulty({ root, args: ["add", "--desc", "last", "--cmd", "true", "--worktree"] });
  const left = findLeftovers(root);
  if (last.code !== 0 || left.length > 0) {
    tally["not recovered"]++;
    complaints.push(`at the end: ${last.stderr} ${left.join(", ")}`);
  }
  return { tally: tally satisfies Tally, complaints };
}

function runMaybeKilled(root: string, { args }: Action, random: () => number) {
  const dice = random();
  if (dice < 0.2) return runFaulty({ root, args });
  if (dice < 0.4) return runFaulty({ root, args, killAfter: 60 + random() * 400 });
  // The early calls are reads, and a kill there is a dull one.
  const call = 20 + Math.floor(random() * (args.some((arg) => /worktree|sync/.test(arg)) ? 130 : 35));
  return runFaulty({ root, args, fault: { call, kind: "kill any" } });
}

/** What the file holds now, and what is wrong with it: it must be the tree before the action or the one after it. */
function judge(root: string, before: IterationTree, action: Action, isAcknowledged: boolean) {
  let tree: IterationTree;
  try {
    tree = readNow(root);
  } catch {
    return { tree: before, fault: "corrupt" } as const;
  }
  if (isSame(tree, action.apply(before))) return { tree };
  if (!isSame(tree, before)) return { tree, fault: "corrupt" } as const;
  return isAcknowledged ? ({ tree, fault: "lost" } as const) : { tree };
}

function readNow(root: string): IterationTree {
  return readTree(treeText(root) ?? "", "ITERATION_TREE.yaml").tree;
}

/** Two clocks differ. */
function isSame(a: IterationTree, b: IterationTree): boolean {
  const timeless = ({ nodes, ...rest }: IterationTree) => ({
    ...rest,
    nodes: nodes.map((node) => ({ ...node, created_at: "", updated_at: "" })),
  });
  const plain = (tree: IterationTree) => JSON.parse(JSON.stringify(timeless(tree))) as unknown;
  return isDeepStrictEqual(plain(a), plain(b));
}
