import { isMap, isScalar } from "yaml";
import { InvalidTreeError } from "../errors.ts";
import { findDuplicates, findGraphProblems } from "../tree/check-tree.ts";
import { ownValue } from "../tree/diff-trees.ts";
import { emptyTree, type IterationTree } from "../tree/iteration-tree.ts";
import { type Problem, problemsOf } from "../tree/problems.ts";
import { iterationTreeSchema } from "../tree/tree-schema.ts";
import { treeMeaning } from "./fields.ts";
import { describeProblems, type Source } from "./locate.ts";
import { parseDocument } from "./parse-document.ts";
import { invalidAt } from "./place.ts";
import { readDocument } from "./read-value.ts";

/** A tree file's text beside what it means. */
export interface TreeText extends Source {
  readonly tree: IterationTree;
}

/** Reads a tree file. Throws InvalidTreeError, each problem with `name:line:column`. */
export function readTree(text: string, name: string): TreeText {
  return requireGraph(readNodes(text, name));
}

/** Throws InvalidTreeError for unknown parents and cycles, which readNodes lets pass. */
function requireGraph(source: TreeText): TreeText {
  const problems = findGraphProblems(source.tree);
  if (problems.length > 0)
    throw invalidTree(problems, source, "Correct the file by hand; or see: tree-autoresearch doctor");
  return source;
}

/** Reads a tree file whose parents may not make a tree. Throws InvalidTreeError for everything else that is wrong. */
export function readNodes(text: string, name: string): TreeText {
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
  const nodes = ownValue(value, "nodes");
  const keys = keysInOrder(nodes, document);
  const data = { ...value, nodes: nodeList(nodes, keys) };
  const parsed = iterationTreeSchema.safeParse(data);
  const source = { text, name, document };
  if (!parsed.success) throw invalidTree(problemsOf(parsed.error, data), source);
  const tree = parsed.data as IterationTree;
  const problems = [...findKeyProblems(tree, keys), ...findDuplicates(tree)];
  if (problems.length > 0) throw invalidTree(problems, source);
  return { ...source, tree };
}

function invalidTree(
  problems: readonly Problem[],
  source: Source,
  hint = "Correct the file by hand; nothing was written.",
): InvalidTreeError {
  return new InvalidTreeError(describeProblems(problems, source), { hint });
}

/** The text that a new tree file starts from; `schema` is the path of the JSON Schema relative to the file. */
export function newTreeText(schema: string): string {
  return `# yaml-language-server: $schema=${schema}\nversion: ${emptyTree.version}\nnodes: []\n`;
}

/** In the mapping form the keys of `nodes` as they stand in the file: a JavaScript object puts those that look like numbers first. */
function keysInOrder(nodes: unknown, { contents }: Source["document"]): readonly string[] | undefined {
  if (typeof nodes !== "object" || nodes === null || Array.isArray(nodes)) return undefined;
  const map = isMap(contents) ? contents.get("nodes", true) : undefined;
  const written = isMap(map) ? map.items.map(({ key }) => (isScalar(key) ? String(key.value) : "")) : [];
  return [...new Set([...written, ...Object.keys(nodes)])].filter((key) => Object.hasOwn(nodes, key));
}

/** Both forms as a list. In the mapping form the key is the id. */
function nodeList(nodes: unknown, keys: readonly string[] | undefined): unknown {
  if (nodes === null) return [];
  return keys?.map((id) => withId(id, ownValue(nodes as object, id))) ?? nodes;
}

function withId(id: string, node: unknown): unknown {
  const isMapping = typeof node === "object" && node !== null && !Array.isArray(node);
  return isMapping && !Object.hasOwn(node, "node_id") ? { node_id: id, ...node } : node;
}

/** In the mapping form an id stands twice, and must be the same. */
function findKeyProblems({ nodes }: IterationTree, keys: readonly string[] | undefined): readonly Problem[] {
  return (keys ?? []).flatMap((key, i) => {
    const id = nodes[i]?.node_id;
    const message = `expected the key '${key}', received '${id}'`;
    return id === key ? [] : [{ path: ["nodes", i, "node_id"], message }];
  });
}

function emptyFile(name: string): InvalidTreeError {
  return new InvalidTreeError(`${name}: the file is empty; expected a mapping with \`nodes\``, {
    hint: "If nothing was lost here, delete the file: `add` then makes a new one.",
  });
}
