import { size } from "./proof.ts";

/** A tree file that is not to be trusted. Its nodes, where it has any, are `a` and `b`. */
export interface HostileFile {
  readonly name: string;
  readonly text: () => string | Uint8Array;
  /** Whether it must be refused, with the place. Others may be read. */
  readonly isRefused: boolean;
  /** Whether it is a valid tree of so many parts that it may take more memory than an attack. */
  readonly isHuge: boolean;
}

const MB = 1024 * 1024;
/** What the program may take at the most, and for a huge tree that is valid. */
export const mostMegabytes = 350;
export const mostOfHuge = size({ ci: mostMegabytes, long: 1_500 });
const many = size({ ci: 20_000, long: 100_000 });
const several = size({ ci: 5_000, long: 50_000 });
const deep = size({ ci: 3_000, long: 20_000 });

const lines = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join("");
const nodeA = (rest: string) => `nodes:\n- node_id: a\n  ${rest}\n- {node_id: b, parent_id: a}\n`;
const results = (metric: string) => `results: {primary_metric: ${metric}, primary_value: 0.5, direction: maximize}`;
const laughs = (first: string, level: (i: number) => string) => `a0: &a0 ${first}\n${lines(20, level)}nodes: []\n`;

const refused = {
  "17 MB": () => `nodes: []\n#${"x".repeat(17 * MB)}`,
  "16 MB of list items": () => `nodes:\n${"-\n".repeat(8 * MB - 5)}`,
  "flow lists in flow lists": () => `nodes: ${"[".repeat(20_000)}`,
  "flow mappings in flow mappings": () => `nodes: ${"{".repeat(20_000)}`,
  "closed flow lists": () => `nodes: ${"[".repeat(10_000)}${"]".repeat(10_000)}`,
  "lists in lists": () => `nodes:\n${"- ".repeat(10_000)}`,
  "lists in lists by tabs": () => `nodes:\n${"-\t".repeat(10_000)}`,
  "keys in keys": () => `nodes:\n${"? ".repeat(10_000)}`,
  "keys in keys, in a flow mapping": () => `nodes: {${"? ".repeat(10_000)}}`,
  "keys line by line in a flow mapping": () => `nodes: {\n${"?\n".repeat(20_000)}}`,
  "values of values": () => `nodes:\n  ${"a: ".repeat(7_000)}`,
  "values of values in a flow list": () => `nodes: [${"a: ".repeat(7_000)}]`,
  "values of values, line by line": () => `nodes: [${"a:\n ".repeat(7_000)}]`,
  "values without keys": () => `nodes:\n  ${": ".repeat(10_000)}`,
  "ever deeper lines": () => `nodes:\n${lines(1_000, (i) => `${" ".repeat(i + 1)}a:\n`)}`,
  "a list in a key": () => "? [a]\n: b\nnodes: []\n",
  "many tags on one value": () => `nodes: ${"!!str ".repeat(4_000)}x\n`,
  "laughs in lists": () => laughs("[x]", (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]\n`),
  "laughs in mappings": () =>
    laughs("{x: y}", (i) => `a${i + 1}: &a${i + 1} {${lines(10, (k) => `k${k}: *a${i}, `)}}\n`),
  "laughs in merge keys": () =>
    laughs("{x: y}", (i) => `a${i + 1}: &a${i + 1} {<<: [${`*a${i},`.repeat(10)}], k${i}: 1}\n`),
  "a long text repeated": () => `a: &a x${"x".repeat(MB)}\nb: [${"*a,".repeat(15_000)}]\nnodes: []\n`,
  "a list that holds itself": () => "nodes: &n\n- *n\n",
  "a mapping that merges itself": () => "nodes: &n\n  <<: *n\n",
  "an alias of nothing": () => "nodes: *n\n",
  "equal ids": () => `nodes:\n${"- {node_id: a}\n".repeat(several)}`,
  "equal keys, far apart": () => `nodes: []\n${lines(many, (i) => `k${i}: 1\n`)}k7: 1\n`,
  "unknown parents": () => `nodes:\n${lines(deep, (i) => `- {node_id: n${i}, parent_id: m${i}}\n`)}`,
  "a long cycle": () => `nodes:\n${lines(deep, (i) => `- {node_id: n${i}, parent_id: n${(i + 1) % deep}}\n`)}`,
  "samples that are no numbers": () =>
    nodeA(`results: {primary_metric: m, direction: maximize, samples: [${"x,".repeat(several)}]}`),
  "line ends of the old Macintosh": () => "nodes:\r- node_id: a\r  description: x\r",
  "NUL bytes": () => `nodes:\0\0\n- node_id: a\0\n  \0: x\n`,
  "overlong UTF-8": () => Buffer.from("nodes: []\nx: \xc0\xaf\xc0\x80\n", "latin1"),
  "surrogates in UTF-8": () => Buffer.from("nodes: []\nx: \xed\xa0\x80\n", "latin1"),
  "UTF-16": () => Buffer.from("\ufeffnodes: []\n", "utf16le"),
  "a text without an end": () => nodeA(`description: "${"x\n    ".repeat(MB / 8)}`),
  "a Python object": () => 'nodes: !!python/object/apply:os.system ["touch PROOF"]\n',
  "a Python object as a field": () => nodeA('description: !!python/object/apply:os.system ["touch PROOF"]'),
  "a JavaScript function": () => nodeA('command: !!js/function "() => { throw 1 }"'),
  "a tag of its own": () => nodeA("description: !touch PROOF"),
  "bytes in base64": () => nodeA("description: !!binary dG91Y2ggUFJPT0Y="),
  "an infinite version": () => `version: ${"9".repeat(10_000)}\nnodes: []\n`,
  "an infinite number": () => nodeA("results: {primary_metric: m, primary_value: 1e999, direction: maximize}"),
  "a mapping for an id": () => "nodes:\n- node_id: {toString: x}\n",
  "prototypes without nodes": () => "__proto__: {nodes: []}\n",
  "many errors": () => `nodes:\n${"@\n".repeat(several)}`,
  "many documents": () => `nodes: []\n${"---\n".repeat(several)}`,
  "merge conflicts": () => "<<<<<<< HEAD\n=======\n>>>>>>> x\n".repeat(1_000),
};

const readable = {
  "1 MB of plain text": () => nodeA(`description: ${"x".repeat(MB)}`),
  "1 MB in single quotes": () => nodeA(`description: '${"''".repeat(MB / 2)}'`),
  "1 MB of escapes": () => nodeA(`description: "${"\\u202e".repeat(MB / 6)}"`),
  "1 MB of escaped halves of characters": () => nodeA(`description: "${"\\ud800".repeat(MB / 6)}"`),
  "1 MB in a literal block": () => nodeA(`description: |\n${"    xxx\n".repeat(MB / 8)}`),
  "1 MB in a folded block": () => nodeA(`description: >\n${"    xxx\n".repeat(MB / 8)}`),
  "1 MB of plain lines": () => nodeA(`description: x\n${"    xxx\n".repeat(MB / 8)}`),
  "1 MB of quoted lines": () => nodeA(`description: "x\n${"    xxx\n".repeat(MB / 8)}    "`),
  "1 MB for a metric": () => nodeA(results("x".repeat(MB))),
  "1 MB for an id": () =>
    nodeA("")
      .replaceAll(" a\n", ` ${"x".repeat(MB)}\n`)
      .replace("parent_id: a", "tags: []"),
  "1 MB of comments": () => `${"#\n".repeat(MB / 8)}${nodeA("")}`,
  "1 MB of empty lines": () => `${"\n".repeat(MB / 8)}${nodeA("")}`,
  "1 MB of blanks": () => nodeA(`description:${" \t".repeat(MB / 2)}x`),
  "1 MB of blanks within a text": () => nodeA(`description: a${" ".repeat(MB)}b`),
  "1 MB of blanks within quotes": () => nodeA(`description: 'a${" \t".repeat(MB / 2)}b'`),
  "1 MB of blanks behind the mark of a block": () => nodeA(`description: |${" ".repeat(MB)}\n      x`),
  "10 MB on one line": () => `${nodeA("")}x: ${"a b ".repeat((10 * MB) / 4)}\n`,
  "many keys": () => `${nodeA("")}${lines(many, (i) => `k${i}: 1\n`)}`,
  "many anchors": () => `${nodeA("")}x: [${lines(several, (i) => `&a${i} x,`)}]\n`,
  "many samples": () =>
    nodeA(`results: {primary_metric: m, direction: maximize, samples: [${lines(many, (i) => `${i},`)}]}`),
  "many objectives": () =>
    nodeA(`results: {objectives: [${lines(deep, (i) => `{metric: m${i}, value: 1, direction: maximize},`)}]}`),
  "many children that are none": () => nodeA(`children: [${lines(several, (i) => `x${i},`)}]`),
  "many nodes": () => `${nodeA("")}${lines(several, (i) => `- {node_id: n${i}}\n`)}`,
  "many nodes by key": () => `nodes:\n  a: {}\n  b: {}\n${lines(deep, (i) => `  n${i}: {}\n`)}`,
  "many nodes under one": () => `${nodeA("")}${lines(deep, (i) => `- {node_id: n${i}, parent_id: a}\n`)}`,
  "a long chain": () =>
    `${nodeA(results("m"))}${lines(deep, (i) => `- {node_id: n${i}, parent_id: ${i ? `n${i - 1}` : "b"}, ${results("m").replace("0.5", String(i))}}\n`)}`,
  "huge integers": () => `x: ${"9".repeat(10_000)}\n${nodeA(`description: ${"9".repeat(10_000)}`)}`,
  "keys of prototypes": () =>
    `${nodeA(`constructor: {prototype: {polluted: 1}}\n  toString: x\n  __proto__: {polluted: 1}\n  ${results("__proto__")}`)}__proto__: {polluted: 1}\n`,
  "ids of prototypes": () =>
    `nodes:\n- node_id: __proto__\n- {node_id: constructor, parent_id: __proto__}\n- {node_id: toString, parent_id: constructor}\n`,
  "nodes keyed by prototypes": () => "nodes:\n  __proto__: {polluted: 1}\n  constructor: {parent_id: __proto__}\n",
  "metrics of prototypes": () =>
    nodeA("results: {primary_metric: m, primary_value: 1, direction: maximize, metrics: {__proto__: 1, toString: 2}}"),
  "a prototype merged": () => `x: &x {__proto__: {polluted: 1}}\n${nodeA("<<: *x")}`,
};

const entries = (files: Record<string, () => string | Uint8Array>, isRefused: boolean) =>
  Object.entries(files).map(
    ([name, text]): HostileFile => ({ name, text, isRefused, isHuge: !isRefused && /^many |^a long chain/.test(name) }),
  );

export const hostileFiles: readonly HostileFile[] = [...entries(refused, true), ...entries(readable, false)];
