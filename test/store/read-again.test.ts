import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDeltas } from "../../src/store/delta.ts";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { editText } from "../../src/store/edit-text.ts";
import { readStored } from "../../src/store/read-stored.ts";
import { readNodes } from "../../src/store/read-tree.ts";
import type { StoredTree } from "../../src/store/stored-tree.ts";
import { findChildrenOutOfStep, findGraphProblems } from "../../src/tree/check-tree.ts";
import { sameValue } from "../../src/tree/diff-trees.ts";
import type { IterationNode } from "../../src/tree/iteration-tree.ts";
import { size } from "../proofs/proof.ts";
import { storedOf } from "./stored-of.ts";

const runs = size({ ci: 2_000, long: 20_000 });

const ids = ["a", "b", "c", "d", "e", "A", "f"];
const id = fc.constantFrom(...ids);
const node = fc.record({ id, parent: fc.option(id), children: fc.array(id, { maxLength: 2 }), x: fc.nat(1) });
const nodes = fc.array(node, { minLength: 1, maxLength: 6 });
const around = fc.record({
  head: fc.constantFrom("", "version: 1\n", "# a comment\n"),
  tail: fc.constantFrom("", "other: 1\n", "other: 2\n", "# the end\n"),
});

/** Each under one before it, or under none. */
const grown = fc
  .tuple(
    fc.uniqueArray(id, { selector: (each) => each.toLowerCase(), minLength: 2 }),
    fc.array(fc.nat(5), { minLength: 6 }),
  )
  .map(([own, places]) =>
    own.map((id, i) => {
      const place = places[i] as number;
      return { id, parent: place < i ? (own[place] as string) : null, children: [] as string[], x: 0 };
    }),
  )
  .map((list) =>
    list.map((each) => ({ ...each, children: list.filter(({ parent }) => parent === each.id).map(({ id }) => id) })),
  );

type Nodes = typeof nodes extends fc.Arbitrary<infer T> ? T : never;
type Around = typeof around extends fc.Arbitrary<infer T> ? T : never;

const textOf = (list: Nodes, { head, tail }: Around) =>
  `${head}nodes:\n${list
    .map(
      ({ id, parent, children, x }) =>
        `- node_id: ${id}\n  parent_id: ${parent}\n  children: [${children.join(", ")}]\n  x: ${x}\n`,
    )
    .join("")}${tail}`;

/** One step of a change: of the node at a place its value, or its parent; or it goes, or changes its place, or one comes. */
const step = fc.record({
  kind: fc.constantFrom("x", "x", "parent", "goes", "place", "comes", "comes"),
  at: fc.nat(5),
  id,
  parent: fc.option(id),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(nodes: readonly IterationNode[], { kind, at, id, parent }: Step): readonly IterationNode[] {
  const node = nodes[at % nodes.length];
  if (!node) return nodes;
  const others = nodes.filter((each) => each !== node);
  const replaced = (by: object) => nodes.map((each) => (each === node ? { ...node, ...by } : each));
  if (kind === "x") return replaced({ x: 2 });
  if (kind === "parent") return replaced({ parent_id: parent });
  if (kind === "goes") return others;
  if (kind === "place") return [...others, node];
  return [...nodes, { ...node, node_id: id, parent_id: parent, children: [] }];
}

const read = (text: string, known?: StoredTree) => readStored(Buffer.from(text), text, known);
const isTree = ({ tree }: StoredTree) => findGraphProblems(tree).length === 0;
const shown = (stored: StoredTree | undefined) =>
  JSON.stringify(stored && [stored.tree, stored.places, stored.outOfStep]);

describe("a tree file that was edited by hand", () => {
  it("is read like one that was never read before, whatever has changed", () => {
    let again = 0;
    let trees = 0;
    fc.assert(
      fc.property(
        fc.oneof(nodes, grown),
        around,
        around,
        fc.boolean(),
        nodes,
        fc.nat(6),
        fc.nat(6),
        (list, first, second, isSame, others, i, k) => {
          const before = read(textOf(list, first));
          const known = before && { ...before, isTree: isTree(before) };
          const edited = [...list.slice(0, i), ...others.slice(0, k), ...list.slice(i + (k % 3))];
          const text = textOf(edited.length > 0 ? edited : others, isSame ? first : second);
          const now = read(text, known);
          expect(shown(now)).toBe(shown(read(text)));
          if (known && now) again++;
          if (now?.isTree) {
            expect(findGraphProblems(now.tree)).toEqual([]);
            trees++;
          }
        },
      ),
      { numRuns: runs },
    );
    expect([again / runs > 0.05, trees / runs > 0.005]).toEqual([true, true]);
  });
});

describe("an edit of a part", () => {
  it("is made only where a tree comes of it, and knows which children are out of step", () => {
    let made = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.oneof({ arbitrary: grown, weight: 4 }, { arbitrary: nodes, weight: 1 }),
        around,
        fc.boolean(),
        fc.array(step, { maxLength: 3 }),
        fc.boolean(),
        (list, outside, isCut, steps, isKnown) => {
          const whole = textOf(list, outside);
          const text = isCut && outside.tail === "" ? whole.slice(0, -1) : whole;
          const before = read(text);
          if (!before) return;
          const wasTree = isTree(before);
          const source = { ...before, isTree: isKnown && wasTree };
          const after = { ...before.tree, nodes: steps.reduce(take, before.tree.nodes) };
          const edited = editStored(source, after, (part) => editParsed(part, "t.yaml"));
          const isPlain = steps.every(({ kind }) => kind === "x");
          if (wasTree && isPlain && after.nodes.length > 0) expect(edited, text).toBeDefined();
          if (!edited) {
            refused++;
            return;
          }
          made++;
          const { tree, outOfStep, bytes } = storedOf(edited.stored);
          expect(findGraphProblems(tree)).toEqual([]);
          expect(outOfStep).toEqual(findChildrenOutOfStep(tree));
          const became = Buffer.from(bytes).toString();
          expect(sameValue(tree, after), became).toBe(true);
          expect(shown(storedOf(edited.stored)), text).toBe(shown(read(became)));
          expect(Buffer.from(applyDeltas(before.bytes, [edited.delta])).toString()).toBe(became);
          const expected = editText(readNodes(text, ""), after, readNodes);
          if (!expected.isRewritten) expect(became, text).toBe(expected.text);
        },
      ),
      { numRuns: runs },
    );
    expect([made / runs > 0.025, refused / runs > 0.025]).toEqual([true, true]);
  });
});
