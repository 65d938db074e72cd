import fc from "fast-check";
import type { IterationNode, IterationTree } from "../../src/tree/iteration-tree.ts";
import { statuses } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";

/** The tree with some fields of one node set, as a hand edit would leave it. */
export function amend(tree: IterationTree, id: string, fields: Partial<IterationNode>): IterationTree {
  const nodes = tree.nodes.map((node) => (node.node_id === id ? ({ ...node, ...fields } as IterationNode) : node));
  return { ...tree, nodes };
}

/** `n0 <- n1 <- … `, each completed with accuracy 0.5. */
export function chainOf(length: number): IterationTree {
  const model = growTree("model=0.5").nodes[0] as IterationNode;
  const nodes = Array.from({ length }, (_, i) => ({
    ...model,
    node_id: `n${i}`,
    parent_id: i === 0 ? null : `n${i - 1}`,
    children: i + 1 < length ? [`n${i + 1}`] : [],
  }));
  return { version: 1, nodes };
}

/** A forest of 1 to 12 nodes n0, n1, … with random parents, whole values and statuses, parents before or after children. */
export const someTree: fc.Arbitrary<IterationTree> = fc
  .record({
    words: fc.array(
      fc.record({
        parent: fc.nat(),
        value: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
        status: fc.constantFrom(...statuses),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    reversed: fc.boolean(),
  })
  .map(({ words, reversed }) => {
    const grown = words.map(({ parent, value, status }, i) => {
      const under = parent % (i + 1);
      return `n${i}${under === i ? "" : `<n${under}`}${value === undefined ? "" : `=${value}`}!${status}`;
    });
    return growTree(...(reversed ? grown.toReversed() : grown));
  });

/** The ids whose `children` are not exactly the nodes that name them as parent. */
export function outOfStep(tree: IterationTree): readonly string[] {
  return tree.nodes
    .filter((node) => {
      const said = [...node.children].sort();
      const actual = tree.nodes.filter((each) => each.parent_id === node.node_id).map((each) => each.node_id);
      return said.join("\n") !== actual.sort().join("\n");
    })
    .map((node) => node.node_id);
}
