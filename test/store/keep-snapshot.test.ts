import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { keepSnapshot } from "../../src/store/keep-snapshot.ts";
import { findKnown, readSnapshot, snapshotOf } from "../../src/store/snapshot.ts";
import { placeOf } from "../../src/store/stored-node.ts";
import type { TreeFile } from "../../src/store/tree-file.ts";
import type { IterationNode, IterationTree } from "../../src/tree/iteration-tree.ts";
import { statuses } from "../../src/tree/status.ts";
import { type Random, randomFrom } from "../proofs/random.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

const shown = (value: unknown) => JSON.stringify(value);

function newNode(random: Random, id: string, parent: string | null): IterationNode {
  return {
    ...{ node_id: id, parent_id: parent, status: statuses[random.int(0, statuses.length - 1)] as "failed" },
    ...{ description: `d ${random.int(0, 99)}`, command: "c", working_dir: ".", children: [] },
    results: anyResults(random),
  } as unknown as IterationNode;
}

/** Of all forms: with and without more than a value, in any order, of few and of many objectives. */
function anyResults(random: Random): object | null {
  const value = random.int(-9, 9) / 4;
  const direction = random.chance(0.7) ? "minimize" : "maximize";
  const primary_metric = `m${random.chance(0.7) ? 1 : random.int(1, 60)}`;
  return random.pick([
    null,
    { primary_metric, primary_value: value, direction },
    { primary_metric, primary_value: value, direction },
    { direction, primary_metric, primary_value: value },
    { primary_metric, primary_value: value, direction, samples: [value, value] },
    { primary_metric, primary_value: value, direction, by: "hand" },
    { objectives: [{ metric: primary_metric, value, direction }], primary_index: 0 },
  ]);
}

/** Some nodes go (no parent of another one), some are replaced, some come at the end; some change places. */
function anyNext(random: Random, nodes: readonly IterationNode[], generation: number): readonly IterationNode[] {
  const parents = new Set(nodes.map(({ parent_id }) => parent_id));
  const next = nodes
    .filter(({ node_id }) => parents.has(node_id) || !random.chance(0.1))
    .map((node) => (random.chance(0.2) ? { ...node, description: `changed in ${generation}` } : node));
  for (let k = random.int(0, 3); k > 0; k--) {
    const above = next[random.int(0, next.length - 1)];
    next.push(newNode(random, `g${generation}-${k}`, random.chance(0.2) ? null : (above?.node_id ?? null)));
  }
  if (random.chance(0.3)) {
    const [node] = next.splice(random.int(0, next.length - 1), 1);
    if (node) next.splice(random.int(0, next.length), 0, node);
  }
  return next;
}

/** What is read of it after it was kept. */
function keptOf(tree: IterationTree): IterationTree | undefined {
  const file = tempTreeFile("");
  keepSnapshot(file, { tree, isTree: true, outOfStep: [], places: undefined }, [Buffer.from("x")]);
  return readSnapshot(file)?.tree;
}

describe("keepSnapshot", () => {
  it("keeps nodes wherever they came from: new, or stored here or there before", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFrom(seed);
      let nodes: readonly IterationNode[] = [newNode(random, "a", null)];
      let older = nodes;
      for (let generation = 1; generation <= 12; generation++) {
        // A node of an older generation stands where it stood, and comes from elsewhere.
        const next = anyNext(random, nodes, generation).map(
          (node, i) => (random.chance(0.1) && shown(older[i]) === shown(node) && older[i]) || node,
        );
        const kept = keptOf({ nodes: next });
        expect(shown(kept?.nodes), `seed ${seed}, generation ${generation}`).toBe(shown(next));
        expect(kept?.nodes.every((node) => placeOf(node))).toBe(true);
        older = nodes;
        nodes = kept?.nodes ?? [];
      }
    }
  });

  it("keeps many new nodes at once, and their parents behind them as well as before them", () => {
    const random = randomFrom(1);
    const nodes = Array.from({ length: 50 }, (_, i) =>
      newNode(random, `n${i}`, i === 25 ? null : `n${i < 25 ? i + 1 : i - 1}`),
    );
    expect(shown(keptOf({ nodes })?.nodes)).toBe(shown(nodes));
    expect(keptOf({ nodes: [] })?.nodes).toEqual([]);
  });

  it("keeps the results of more objectives than there are letters for", () => {
    const of = (i: number) => ({
      primary_metric: `m${i}`,
      primary_value: i,
      direction: i % 2 ? "minimize" : "maximize",
    });
    const nodes = Array.from({ length: 70 }, (_, i) => ({
      ...newNode(randomFrom(1), `n${i}`, null),
      results: of(i % 35),
    })) as unknown as readonly IterationNode[];
    const kept = keptOf({ nodes });
    expect(shown(kept?.nodes)).toBe(shown(nodes));
    expect(kept?.nodes[0]?.results).toBe(kept?.nodes[0]?.results);
    const more = { ...(nodes[69] as IterationNode), node_id: "n70" };
    const next = [...(kept?.nodes ?? []), more].slice(1);
    expect(shown(keptOf({ nodes: next })?.nodes)).toBe(shown([...nodes, more].slice(1)));
  });

  it("keeps nothing of a tree in which a parent is not there", () => {
    const random = randomFrom(1);
    expect(keptOf({ nodes: [newNode(random, "a", "b")] })).toBeUndefined();
    const many = Array.from({ length: 30 }, (_, i) => newNode(random, `n${i}`, i === 7 ? "b" : null));
    expect(keptOf({ nodes: many })).toBeUndefined();
  });

  it("is known by what it holds, also where a new one has the number and the time of the one that was read", () => {
    const [file, other] = [tempTreeFile(""), tempTreeFile("")];
    const [path, otherPath] = [snapshotOf(file.stateFolder), snapshotOf(other.stateFolder)];
    const keep = (into: TreeFile, seed: number, status: "pending" | "running") => {
      const nodes = [{ ...newNode(randomFrom(seed), "a", null), status }];
      const bytes = Buffer.from(`is ${status}`);
      keepSnapshot(into, { isTree: true, outOfStep: [], places: undefined, tree: { nodes } }, [bytes]);
    };
    // The checksums may be of another length.
    for (let seed = 1; seed === 1 || statSync(path).size !== statSync(otherPath).size; seed++) {
      keep(file, seed, "pending");
      keep(other, seed, "running");
    }
    const bytes = readFileSync(otherPath);
    const { atime, mtime } = statSync(path);
    utimesSync(path, atime, mtime);
    expect(findKnown(file, Buffer.from("is pending"))?.tree.nodes[0]?.status).toBe("pending");
    writeFileSync(path, bytes);
    utimesSync(path, atime, mtime);
    expect(findKnown(file, Buffer.from("is pending"))).toBeUndefined();
    expect(findKnown(file, Buffer.from("is running"))?.tree.nodes[0]?.status).toBe("running");
  });
});
