import { describe, expect, it } from "vitest";
import { applyDeltas } from "../../src/store/delta.ts";
import { editParsed } from "../../src/store/edit-parsed.ts";
import { editStored } from "../../src/store/edit-stored.ts";
import { editText } from "../../src/store/edit-text.ts";
import { editWritten } from "../../src/store/edit-written.ts";
import { emitMapping } from "../../src/store/emit.ts";
import { readStored } from "../../src/store/read-stored.ts";
import { readNodes, readTree } from "../../src/store/read-tree.ts";
import type { StoredTree } from "../../src/store/stored-tree.ts";
import { addNode } from "../../src/tree/add-node.ts";
import { finishAttempt, nextAttempt, startAttempt } from "../../src/tree/attempt.ts";
import { deleteNode } from "../../src/tree/delete-node.ts";
import { requireNode } from "../../src/tree/find-node.ts";
import { emptyTree, type IterationNode, type IterationTree } from "../../src/tree/iteration-tree.ts";
import { pruneNode, unpruneNode } from "../../src/tree/prune-node.ts";
import type { Results } from "../../src/tree/results.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { setCommit } from "../../src/tree/set-commit.ts";
import { updateNode } from "../../src/tree/update-node.ts";
import { size } from "../proofs/proof.ts";
import { type Random, randomFrom } from "../proofs/random.ts";
import { storedOf } from "./stored-of.ts";

const now = "2026-01-02T03:04:05Z";
const name = "t.yaml";
const plainTexts = ["x", "Try 0.5: a [b] {c} # d", "it's", "Größe, 漢字", "- a", "null", "1e3", " two  blanks ", ""];
const oddTexts = ['say "x"', "a\\b", "two\nlines", "tab\t", "\u0085\u2028", "##[error]", "\u202eabc", "\u0007"];
const plainResults: readonly object[] = [
  { primary_metric: "accuracy", primary_value: 0.5, direction: "maximize" },
  { direction: "minimize", metrics: { 7: 2, b: 1e21, "a b": -3 }, primary_value: 1e-7, primary_metric: "loss" },
];
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
const oddResults: readonly object[] = [
  { primary_metric: "loss", samples: [1e-7, 2], direction: "minimize", metrics: { "a b": 1e21, 7: 2 }, by: "hand" },
  {
    objectives: [{ metric: "m", value: -0.25, direction: "minimize", unit: "s" }],
    primary_index: 0,
    x: { y: [1, {}] },
  },
  { objectives: [{ metric: "m", value: 1, direction: "maximize" }], primary_metric: "m", direction: "maximize" },
  { primary_metric: "m", samples: [1, 3], direction: "maximize", primary_index: 0 },
  { primary_metric: "m", primary_value: 1, direction: "maximize", metrics: { ["k".repeat(1100)]: 1 } },
  { primary_metric: "m", primary_value: 1, direction: "maximize", ["k".repeat(1025)]: 1 },
  { primary_metric: "m", primary_value: 1, direction: "maximize", x: nested(63) },
];

/** A run that has begun, and mostly has ended. */
function runOnce(random: Random, tree: IterationTree, id: string, results: Results | undefined) {
  const number = nextAttempt(requireNode(tree, id));
  const process = "17~1234~host,id,boot,1";
  const attempt = {
    id: number,
    where: "local",
    started_at: now,
    process,
    ended_at: undefined,
    setup: "0a1b",
    clean: true,
  };
  const request = { id, attempt, status: "running", isLive: () => false, now } as const;
  const begun = startAttempt(tree, { ...request, ...(random.chance(0.2) && { command: "another" }) });
  if (random.chance(0.2)) return begun;
  const facts = { ended_at: now, seconds: random.int(0, 99) / 8, exit: results ? 0 : 1, peak_mib: 14.5, host: "vm" };
  const outcome = results ? "completed" : "failed";
  return finishAttempt(begun.tree, { id, attempt: number, outcome, results, reason: "exit code 1", facts, now });
}

function changeOf(random: Random, { nodes }: IterationTree): (tree: IterationTree) => IterationTree {
  const id = nodes.length > 0 ? random.pick(nodes).node_id : "";
  const text = random.pick(random.chance(0.04) ? oddTexts : plainTexts);
  const given = parseResults(random.pick(random.chance(0.04) ? oddResults : plainResults));
  const ways: ((tree: IterationTree) => { readonly tree: IterationTree })[] = [
    (tree) => addNode(tree, { parent: id, description: text, command: text, tags: [text], worktree: true, now }),
    (tree) => addNode(tree, { description: "a root", command: "x", now }),
    (tree) => updateNode(tree, { id, results: given, recorded: { commit: "a".repeat(40), clean: true }, now }),
    (tree) => updateNode(tree, { id, note: text, reason: text, now }),
    (tree) => updateNode(tree, { id, description: text, command: text, now }),
    (tree) => setCommit(tree, { id, commit: "b".repeat(40), branch: text, now }),
    (tree) => pruneNode(tree, { id, reason: text, now }),
    (tree) => unpruneNode(tree, { id, now }),
    (tree) => deleteNode(tree, { id, recursive: random.chance(0.5) }),
    (tree) => updateNode(tree, { id, status: "failed", now }),
    (tree) => runOnce(random, tree, id, random.chance(0.6) ? given : undefined),
  ];
  const way = random.pick(ways);
  return (tree) => {
    try {
      return way(tree).tree;
    } catch {
      return tree;
    }
  };
}

/** Something that a hand might do to one line, so that the text still means a tree, and mostly another one. */
function disturb(random: Random, text: string): string {
  const lines = text.split("\n");
  const at = random.int(2, lines.length - 2);
  const line = lines[at] as string;
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [to, ...more] = random.pick([
    () => [`${line} # a comment`],
    () => [line, `${indent}# a comment`],
    () => [line, ""],
    () => ["", line],
    () => [line.replace(/"([^"\\']*)"$/, "'$1'")],
    () => [line.replace(/"(\w+)"$/, "$1")],
    () => [line.replace(/: /, ":  ")],
    () => [line.replace(/(\d)$/, "$1.0")],
    () => [`${line}\r`],
    () => [line.replace(/"(\w+) /, '"$1\n          ')],
    () => [/^ {4}\w+: "/.test(line) ? `${indent}own: [1, two]` : line, line],
    () => [line.replace(/: null$/, ":")],
    () => [line.replace(/: null$/, ": {}")],
    () => [line.replace(/"(.)/, (_, char: string) => `"\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)],
  ])();
  return [...lines.slice(0, at), to, ...more, ...lines.slice(at + 1)].join("\n");
}

const textOf = ({ stored: { bytes } }: { readonly stored: StoredTree }) => Buffer.from(bytes).toString();
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** In any order: a key that comes may come before others of its mapping, as it would in a new one. */
const linesOf = (text: string) => text.split("\n").sort();

const stored = (text: string): StoredTree | undefined => readStored(Buffer.from(text), text, undefined);
const shown = ({ tree, outOfStep, places }: StoredTree) => JSON.stringify({ tree, outOfStep, places });

const written = (tree: IterationTree) => `${emitMapping({ ...tree }, 0).join("\n")}\n`;

function grown(random: Random): string {
  let { tree } = addNode(emptyTree, { id: "a", description: "x", command: "x", now });
  for (let i = random.int(1, 8); i > 0; i--) {
    const next = changeOf(random, tree)(tree);
    // As it is read again, so that its keys are in the order of a tree that comes from a file.
    tree = attempt(() => readNodes(written(next), name).tree) ?? tree;
  }
  return written(tree);
}

function asRead(edited: ReturnType<typeof editStored>) {
  return edited && { ...edited, stored: storedOf(edited.stored) };
}

describe("an edit of what this program wrote", () => {
  const edit = (text: string, change: (tree: IterationTree) => IterationTree) => {
    const source = stored(text);
    const after = source && change(source.tree);
    const edited = after && after !== source.tree ? asRead(editStored(source, after, editWritten)) : undefined;
    return { source, after, edited };
  };

  const text = emitMapping(
    { version: 1, nodes: ["a", "b"].map((id) => ({ node_id: id, parent_id: null, description: "x", reason: "y" })) },
    0,
  ).join("\n");
  const changes = {
    update: (tree: IterationTree) => updateNode(tree, { id: "b", note: "x", now }).tree,
    add: (tree: IterationTree) => addNode(tree, { id: "c", parent: "a", description: "x", command: "y", now }).tree,
    delete: (tree: IterationTree) => deleteNode(tree, { id: "b" }).tree,
  };
  const kinds = ["update", "add", "delete"] as const;
  const isMade = (kind: (typeof kinds)[number], given: string) => edit(given, changes[kind]).edited !== undefined;

  it.each<[string, readonly string[], string]>([
    ["what it wrote", kinds, `${text}\n`],
    ["a list without indentation", kinds, `${text.replaceAll("\n  ", "\n")}\n`],
    [
      "keys in another order",
      kinds,
      `${text.replace('reason: "y"', "parent_id: null").replace("parent_id: null", 'reason: "y"')}\n`,
    ],
    [
      "something odd at the top, and behind the nodes",
      kinds,
      `# x\n${text.replace("version: 1", "version: 1   # one")}\nlast: 'x'\n`,
    ],
    ["a comment in another node", kinds, `${text.replace('"x"', '"x" # mine')}\n`],
    ["a blank line before the last node", ["update", "delete"], `${text.replace('"y"\n', '"y"\n\n')}\n`],
    ["a comment behind a value", kinds, `${text}   # mine: "x"\n`],
    ["a comment behind the value that changes", ["add", "delete"], `${text}\n    notes: [] # mine\n`],
    ["a comment behind a list", [], `${text}\n    notes: # mine\n      - "z"\n`],
    ["a comment with odd characters", [], `${text} # m\u00efne\n`],
    ["a comment behind a tab", [], `${text}\t# mine\n`],
    ["a comment of its own", [], `${text}\n    # mine\n`],
    ["a blank line", [], `${text}\n\n`],
    ["no line break at its end", [], text],
    ["other line breaks", [], `${text.replaceAll("\n", "\r\n")}\r\n`],
    ["another line break somewhere", [], `${text.replace("\n", "\r\n")}\n`],
    ["another quoting", [], `${text.slice(0, -3)}'y'\n`],
    ["no quoting", [], `${text.slice(0, -3)}y\n`],
    ["another spacing", [], `${text.slice(0, -3)} "y"\n`],
    ["a key beside the dash's line", [], `${text.replace('- node_id: "b"', '-\n    node_id: "b"')}\n`],
  ])("finds %s: made for %j", (_, made, given) => {
    expect(kinds.filter((kind) => isMade(kind, given))).toEqual(made);
  });

  const worktree = { path: "p", branch: "b", commit: null };
  const good = { primary_metric: "m", primary_value: 1, direction: "maximize" };

  it.each(oddTexts.map((odd) => [odd]))("leaves it to a reader whether %j is written right", (odd) => {
    const given = `${text}\n`;
    expect(edit(given, (tree) => updateNode(tree, { id: "a", reason: odd, now }).tree).edited).toBeUndefined();
    expect(edit(given, (tree) => updateNode(tree, { id: "a", note: odd, now }).tree).edited).toBeUndefined();
    expect(edit(given, (tree) => addNode(tree, { description: odd, command: "x", now }).tree).edited).toBeUndefined();
    const results = parseResults({ ...good, metrics: { [odd]: 1 } });
    expect(edit(given, (tree) => updateNode(tree, { id: "a", results, now }).tree).edited).toBeUndefined();
  });

  // What no command of ours asks for, but a caller of the library may.
  it.each<[string, unknown]>([
    ["status", "done"],
    ["status", undefined],
    ["description", undefined],
    ["description", 1],
    ["command", null],
    ["working_dir", ""],
    ["created_at", new Date(0)],
    ["updated_at", true],
    ["reason", ["x"]],
    ["reason", null],
    ["results", undefined],
    ["results", {}],
    ["results", { ...good, direction: undefined }],
    ["results", { ...good, direction: "up" }],
    ["results", { ...good, primary_value: "0.5" }],
    ["results", { ...good, primary_value: Number.NaN }],
    ["results", { ...good, primary_metric: "" }],
    ["results", { ...good, primary_value: 7, samples: [1, 3] }],
    ["results", { ...good, metrics: Object.fromEntries([["__proto__", 2]]) }],
    ["results", { ...good, metrics: { a: "b" } }],
    ["results", { ...good, metrics: { a: Number.POSITIVE_INFINITY } }],
    ["results", { ...good, metrics: [1] }],
    ["results", { ...good, metrics: new Map([["a", 1]]) }],
    ["results", { ...good, metrics: { ["k".repeat(101)]: 1 } }],
    ["results", { ...good, metrics: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`m${i}`, i])) }],
    ["results", { ...good, more: 1 }],
    ["results", { ...good, ["k".repeat(1025)]: 1 }],
    ["worktree", { ...worktree, commit: "" }],
    ["worktree", { ...worktree, commit: undefined }],
    ["worktree", { path: "p" }],
    ["worktree", { ...worktree, more: "x" }],
    ["children", Array.from({ length: 10_001 }, (_, i) => `n${i}`)],
    ["children", ["a", 1]],
    ["children", "a"],
    ["tags", [null]],
    ["recorded", { clean: "yes" }],
    ["attempts", []],
    ["attempts", [{ started_at: "x", more: 1 }]],
    ["attempts", [{ id: 1.5 }]],
    ["attempts", [{ seconds: Number.NaN }]],
    ["before_prune", {}],
    ["before_prune", { status: "done" }],
    ["own", "x"],
    ["__proto__", "x"],
    ["node_id", ""],
  ])("leaves it to a reader what %j: %j is", (key, value) => {
    const changed = (node: IterationNode) =>
      Object.fromEntries([...Object.entries(node), [key, value]]) as IterationNode;
    const inFirst = (tree: IterationTree) => ({
      ...tree,
      nodes: tree.nodes.map((node, i) => (i === 0 ? changed(node) : node)),
    });
    const inNew = (tree: IterationTree) => {
      const { tree: more } = addNode(tree, { id: "c", description: "x", command: "x", now });
      return { ...more, nodes: more.nodes.map((node) => (node.node_id === "c" ? changed(node) : node)) };
    };
    for (const change of [inFirst, inNew]) expect(edit(`${text}\n`, change).edited).toBeUndefined();
  });

  it("changes tens of thousands of nodes at once", () => {
    const nodes = Array.from({ length: 70_000 }, (_, i) => ({ node_id: `n${i}`, parent_id: null, status: "pending" }));
    const many = `${emitMapping({ nodes }, 0).join("\n")}\n`;
    const fail = (tree: IterationTree): IterationTree => ({
      ...tree,
      nodes: tree.nodes.map((node) => ({ ...node, status: "failed" })),
    });
    const { after, edited } = edit(many, fail);
    expect(edited?.stored.tree).toEqual(after);
    expect(edited && textOf(edited)).toBe(many.replaceAll("pending", "failed"));
  });

  it("leaves what is no node to a reader, too", () => {
    expect(edit(`${text}\n`, (tree) => ({ ...changes.update(tree), version: 2 })).edited).toBeUndefined();
    expect(edit(`${text}\n`, (tree) => ({ ...changes.update(tree), version: 1 })).edited).toBeDefined();
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("and the number %j", (x) => {
    const change = (tree: IterationTree) => ({ ...tree, nodes: tree.nodes.map((node) => ({ ...node, x })) });
    expect(edit(`${text}\n`, change).edited).toBeUndefined();
  });

  it("takes no first key away, and every other one", () => {
    const given = `${text.replace('node_id: "b"\n    parent_id: null', 'reason: "y"\n    node_id: "b"').replace(/\n {4}reason: "y"$/, "")}\n`;
    const without = (tree: IterationTree) => ({
      ...tree,
      nodes: tree.nodes.map((node) => (node.node_id === "b" ? { ...node, reason: undefined } : node)),
    });
    expect(edit(given, without).edited).toBeUndefined();
    const { edited } = edit(`${text}\n`, without);
    expect(Buffer.from(edited?.stored.bytes ?? "").toString()).toBe(`${text.replace(/\n.*$/, "")}\n`);
  });

  it("gives the same text and tree as one of the whole document, and mostly needs no YAML", () => {
    const counts = { parsed: 0, written: 0, ofWritten: 0, disturbed: 0, ofDisturbed: 0 };
    const documents = size({ ci: 1_200, long: 12_000 });
    for (let seed = 1; seed <= documents; seed++) {
      const random = randomFrom(seed);
      const text = grown(random);
      const isDisturbed = random.chance(0.6);
      const given = isDisturbed ? disturb(random, text) : text;
      let whole: ReturnType<typeof readTree>;
      try {
        whole = readTree(given, name);
      } catch {
        continue;
      }
      const { source, after, edited } = edit(given, changeOf(random, whole.tree));
      if (!source || !after || after === source.tree) continue;
      counts[isDisturbed ? "ofDisturbed" : "ofWritten"]++;
      if (edited) counts[isDisturbed ? "disturbed" : "written"]++;
      const expected = attempt(() => editText(readNodes(given, name), after));
      if (!expected) {
        expect(edited, `seed ${seed}`).toBeUndefined();
        continue;
      }
      const parsed = asRead(editStored(source, after, (part) => editParsed(part, name)));
      if (parsed) counts.parsed++;
      if (parsed && !expected.isRewritten) expect(textOf(parsed), `seed ${seed}:\n${given}`).toBe(expected.text);
      for (const each of [edited, parsed].filter((found) => found !== undefined)) {
        const became = textOf(each);
        expect(linesOf(became), `seed ${seed}:\n${given}`).toEqual(linesOf(expected.text));
        expect(shown(each.stored), `seed ${seed}:\n${became}`).toBe(shown(stored(became) as StoredTree));
        expect(Buffer.from(applyDeltas(Buffer.from(given), [each.delta])).toString(), `seed ${seed}`).toBe(became);
      }
    }
    expect(counts.parsed / (counts.ofWritten + counts.ofDisturbed)).toBeGreaterThan(0.8);
    expect(counts.written / counts.ofWritten).toBeGreaterThan(0.8);
    expect(counts.disturbed / documents).toBeGreaterThan(0.1);
    expect(counts.disturbed / counts.ofDisturbed).toBeLessThan(0.95);
  });
});
