import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { readStored } from "../../src/store/read-stored.ts";
import type { StoredTree } from "../../src/store/stored-tree.ts";
import { findChildrenOutOfStep, findGraphProblems } from "../../src/tree/check-tree.ts";
import type { IterationNode } from "../../src/tree/iteration-tree.ts";
import { size } from "../proofs/proof.ts";

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

const read = (text: string, known?: StoredTree) => readStored(Buffer.from(text), text, known);
const isTree = ({ tree }: StoredTree) => findGraphProblems(tree).length === 0;
const shown = (stored: StoredTree | undefined) => JSON.stringify({ ...stored, bytes: undefined, isTree: undefined });

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
        fc.oneof({ arbitrary: grown, weight: 3 }, { arbitrary: nodes, weight: 1 }),
        fc.subarray(ids, { maxLength: 2 }),
        nodes,
        fc.nat(2),
        fc.boolean(),
        (list, gone, more, count, isKnown) => {
          const before = read(textOf(list, { head: "", tail: "" }));
          if (!before) return;
          const source = { ...before, isTree: isKnown && isTree(before) };
          const first = before.tree.nodes[0] as IterationNode;
          const come = more
            .slice(0, count)
            .map(({ id, parent }) => ({ ...first, node_id: id, parent_id: parent, children: [] }));
          const after = [...before.tree.nodes.filter(({ node_id }) => !gone.includes(node_id)), ...come];
          const edited = editStored(source, { ...before.tree, nodes: after }, (part) => editParsed(part, "t.yaml"));
          if (!edited) {
            refused++;
            return;
          }
          made++;
          const { tree, outOfStep } = edited.stored;
          expect(findGraphProblems(tree)).toEqual([]);
          expect(outOfStep).toEqual(findChildrenOutOfStep(tree));
        },
      ),
      { numRuns: runs },
    );
    expect([made / runs > 0.025, refused / runs > 0.025]).toEqual([true, true]);
  });
});
