import fc from "fast-check";
import type { IterationNode, IterationTree } from "../../src/tree/iteration-tree.ts";
import { growTree } from "../grow-tree.ts";

const attacks = [
  "\u001b[31mred",
  "\u001b]0;title\u0007",
  "\u001b]8;;http://x\u001b\\link",
  "\u009b2J",
  "\r",
  "\n",
  "\n::set-output name=x::y",
  "\t",
  "\b\b\b",
  "\0",
  "\u007f",
  "\u0085",
  "\u202eevil",
  "\u2066\u2069",
  "\u200b",
  "\u200f",
  "\u2028",
  "\ufeff",
  "\u00ad",
  "\ud800",
  "\udc00",
  "::set-output name=a::b",
  "  ::warning::x",
  "##[set-env name=a]b",
  "###[error]",
  "=cmd|' /C calc'!A0",
  "@SUM(1)",
  "<script>alert(1)</script>",
  "|a|",
  '",""',
];

/** Texts from a tree that is not to be trusted: what terminals, CI logs, spreadsheets and browsers obey, and noise. */
export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...attacks), fc.string({ unit: "binary", maxLength: 6 })), { maxLength: 4 })
  .map((parts) => parts.join(""));

/** Whatever of `text` a terminal or CI log would obey; its line breaks aside. */
export function obeyed(text: string): readonly string[] {
  const lines = text.split("\n");
  return [
    ...(lines.join("").match(/\p{Cc}/gu) ?? []),
    ...(text.match(/[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad]/g) ?? []),
    ...(text.match(/##\[/g) ?? []),
    ...lines.filter((line) => line.trimStart().startsWith("::")),
    ...(text.isWellFormed() ? [] : ["a lone surrogate"]),
  ];
}

/** A root and a child in which every text of the file is hostile; a commit only where it is given. */
export const hostileTree: fc.Arbitrary<IterationTree> = fc
  .record({
    ids: fc.uniqueArray(hostileText.filter(Boolean), { minLength: 2, maxLength: 2 }),
    text: hostileText,
    metric: hostileText.filter(Boolean),
    status: fc.constantFrom("completed" as const, "failed" as const, "pruned" as const),
  })
  .map(({ ids, text, metric, status }) => {
    const [root, child] = growTree("root=0.5", `child<root=0.75!${status}`).nodes as [IterationNode, IterationNode];
    const results = { primary_metric: metric, primary_value: 0.5, direction: "maximize" as const };
    const texts = {
      description: text,
      command: text,
      working_dir: text,
      reason: text,
      tags: [text, text],
      created_at: text,
      worktree: { path: text, branch: text, commit: null },
      results,
    };
    const [rootId, childId] = ids as [string, string];
    return {
      nodes: [
        { ...root, ...texts, node_id: rootId, children: [childId] },
        { ...child, ...texts, node_id: childId, parent_id: rootId },
      ],
    };
  });
