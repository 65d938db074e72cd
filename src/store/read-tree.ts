import { InvalidTreeError } from "../errors.ts";
import { findChildrenOutOfStep, findGraphProblems } from "../tree/check-tree.ts";
import { emptyTree, type IterationTree, iterationTreeSchema } from "../tree/iteration-tree.ts";
import { type Problem, problemsOf } from "../tree/problems.ts";
import { treeMeaning } from "./fields.ts";
import { describeProblems, type Source } from "./locate.ts";
import { invalidAt, parseDocument } from "./parse-document.ts";
import { readDocument } from "./read-value.ts";

/** A tree file's text beside what it means. */
export interface TreeText extends Source {
  readonly tree: IterationTree;
}

/** Reads a tree file. Throws InvalidTreeError, each problem with `name:line:column`. */
export function readTree(text: string, name: string): TreeText {
  const document = parseDocument(text, name);
  const value = readDocument(document, text, name, treeMeaning);
  if (value === null || value === "") throw emptyFile(name);
  if (typeof value !== "object" || Array.isArray(value)) {
    throw invalidAt(
      text,
      name,
      0,
      "expected a mapping with `nodes`, received something else",
      "See ITERATION_TREE.example.yaml.",
    );
  }
  const data = { ...value, nodes: nodeList((value as Record<string, unknown>)["nodes"]) };
  const parsed = iterationTreeSchema.safeParse(data);
  const fail = (problems: readonly Problem[]) =>
    new InvalidTreeError(describeProblems(problems, { text, name, document }), {
      hint: "Correct the file by hand; nothing was written.",
    });
  if (!parsed.success) throw fail(problemsOf(parsed.error, data));
  const tree = parsed.data as IterationTree;
  const problems = [...findKeyProblems(value as object, tree), ...findGraphProblems(tree)];
  if (problems.length > 0) throw fail(problems);
  return { text, name, document, tree };
}

/** What a person should know of a tree that works all the same: at most one warning. */
export function warningsOf({ tree, name }: Pick<TreeText, "tree" | "name">): readonly string[] {
  const ids = findChildrenOutOfStep(tree);
  if (ids.length === 0) return [];
  const more = ids.length > 1 ? ` and ${ids.length - 1} more` : "";
  return [`${name}: 'children' of '${ids[0]}'${more} disagrees with 'parent_id'; parent_id decides`];
}

/** The text that a new tree file starts from; `schema` is the path of the JSON Schema relative to the file. */
export function newTreeText(schema: string): string {
  return `# yaml-language-server: $schema=${schema}\nversion: ${emptyTree.version}\nnodes: []\n`;
}

/** Both forms as a list. In the mapping form the key is the id. */
function nodeList(nodes: unknown): unknown {
  if (nodes === null) return [];
  if (typeof nodes !== "object" || Array.isArray(nodes)) return nodes;
  return Object.entries(nodes as object).map(([id, node]) =>
    typeof node === "object" && node !== null && !Array.isArray(node) && !("node_id" in node)
      ? { node_id: id, ...node }
      : node,
  );
}

/** In the mapping form an id stands twice, and must be the same. */
function findKeyProblems(value: object, { nodes }: IterationTree): readonly Problem[] {
  const keyed = (value as Record<string, unknown>)["nodes"];
  if (Array.isArray(keyed) || keyed === null) return [];
  return Object.keys(keyed as object).flatMap((key, i) => {
    const id = nodes[i]?.node_id;
    return id === key
      ? []
      : [{ path: ["nodes", i, "node_id"], message: `expected the key '${key}', received '${id}'` }];
  });
}

function emptyFile(name: string): InvalidTreeError {
  return new InvalidTreeError(`${name}: the file is empty; expected a mapping with \`nodes\``, {
    hint: "If nothing was lost here, delete the file: `add` then makes a new one.",
  });
}
