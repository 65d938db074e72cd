import { describe, expect, it } from "vitest";
import { editText } from "../../src/store/edit-text.ts";
import { readTree } from "../../src/store/read-tree.ts";

/** The text after the fields of its only node were set (undefined takes one out), and whether it was laid out anew. */
function setFields(text: string, fields: Readonly<Record<string, unknown>>) {
  const source = readTree(text, "tree.yaml");
  const nodes = source.tree.nodes.map((node) => ({ ...node, ...fields }));
  return editText(source, { ...source.tree, nodes });
}

type Case = readonly [name: string, before: string, fields: Readonly<Record<string, unknown>>, after: string];

const inBlockStyle: readonly Case[] = [
  [
    "takes a list out with all its lines",
    "  notes:\n  - x\n  - y\n  status: failed\n",
    { notes: undefined },
    "  status: failed\n",
  ],
  ["takes a key out that has nothing behind it", "  x:\n  status: failed\n", { x: undefined }, "  status: failed\n"],
  [
    "takes a key out with the deeper comments behind it only",
    "  reason: x # why\n    # more on why\n  # on status\n  status: failed\n",
    { reason: undefined },
    "  # on status\n  status: failed\n",
  ],
  ["takes a block scalar out", "  x: |\n    one\n    two\n  status: failed\n", { x: undefined }, "  status: failed\n"],
  [
    "fills a key that has nothing behind it, before its comment",
    "  reason:   # none\n  status: failed\n",
    { reason: "r" },
    '  reason: "r"   # none\n  status: failed\n',
  ],
  ["quotes the text that replaces a null", "  reason: ~\n", { reason: "r" }, '  reason: "r"\n'],
  [
    "keeps the comment beside the indicator of a block scalar",
    "  command: | # long\n    x\n    y\n  status: failed\n",
    { command: "z" },
    '  command: "z" # long\n  status: failed\n',
  ],
  ["replaces a folded scalar at the end", "  command: >-\n    x\n    y\n", { command: "z" }, '  command: "z"\n'],
  [
    "replaces a block scalar by a list",
    "  x: |\n    one\n  status: failed\n",
    { x: [1] },
    "  x:\n    - 1\n  status: failed\n",
  ],
  [
    "replaces a text by a list, its comment beside the key",
    "  tags: one   # all\n  status: failed\n",
    { tags: ["one", "two"] },
    '  tags:   # all\n    - "one"\n    - "two"\n  status: failed\n',
  ],
  [
    "empties a list",
    "  tags:   # all\n  - a\n  - b\n  status: failed\n",
    { tags: [] },
    "  tags: []   # all\n  status: failed\n",
  ],
  [
    "appends to a block list that stands under its key",
    "  tags:\n  - a\n  status: failed\n",
    { tags: ["a", "b"] },
    '  tags:\n  - a\n  - "b"\n  status: failed\n',
  ],
  [
    "appends to a block list that is indented",
    "  tags:\n      - a # first\n  status: failed\n",
    { tags: ["a", "b", "c"] },
    '  tags:\n      - a # first\n      - "b"\n      - "c"\n  status: failed\n',
  ],
  ["appends to a flow list", "  tags: [a] # all\n", { tags: ["a", "b"] }, '  tags: [a, "b"] # all\n'],
  [
    "appends with a blank line where the items have one between them",
    "  tags:\n  - a\n\n  - b\n  status: failed\n",
    { tags: ["a", "b", "c"] },
    '  tags:\n  - a\n\n  - b\n\n  - "c"\n  status: failed\n',
  ],
  [
    "writes a list anew that got shorter",
    "  tags:\n  - a\n  - b\n  status: failed\n",
    { tags: ["a"] },
    '  tags:\n    - "a"\n  status: failed\n',
  ],
  [
    "writes a list anew whose text changed",
    "  tags: [a, b]\n",
    { tags: ["a", "c"] },
    '  tags:\n    - "a"\n    - "c"\n',
  ],
  [
    "appends behind an item that has nothing behind its dash",
    "  x:\n  - 1\n  -\n  status: failed\n",
    { x: [1, null, 2] },
    "  x:\n  - 1\n  -\n  - 2\n  status: failed\n",
  ],
  [
    "changes one mapping in a list and appends another",
    "  attempts:\n  - n: 1 # one\n  - n: 2 # two\n  status: failed\n",
    { attempts: [{ n: 1 }, { n: 3 }, { n: 4 }] },
    '  attempts:\n  - n: 1 # one\n  - n: 3 # two\n  - "n": 4\n  status: failed\n',
  ],
  ["fills an empty flow mapping", "  x: {} # none\n", { x: { b: 1 } }, "  x: # none\n    b: 1\n"],
  [
    "adds to a nested mapping in its indentation",
    "  x:\n      b: 1\n      c: 2 # two\n  status: failed\n",
    { x: { b: 1, c: 2, d: { e: [1, "f"] } } },
    '  x:\n      b: 1\n      c: 2 # two\n      d:\n        e:\n          - 1\n          - "f"\n  status: failed\n',
  ],
  [
    "adds to a nested flow mapping",
    "  x: {b: 1}\n",
    { x: { b: 1, d: { e: [1, "f"] } } },
    '  x: {b: 1, d: {e: [1, "f"]}}\n',
  ],
  [
    "replaces a mapping of which no key stays",
    "  x:\n    b: 1\n  status: failed\n",
    { x: { c: 2 } },
    "  x:\n    c: 2\n  status: failed\n",
  ],
  ["finds a quoted key", "  \"reason\": 'x'\n", { reason: "it's" }, "  \"reason\": 'it''s'\n"],
  [
    "changes a number and a flag",
    "  x: 0x10 # hex\n  y: yes\n",
    { x: 1e-7, y: false },
    "  x: 1.0e-7 # hex\n  y: false\n",
  ],
  [
    "replaces a value on the line below its key",
    "  command:\n    python x\n  status: failed\n",
    { command: "z" },
    "  command: z\n  status: failed\n",
  ],
  [
    "replaces a value on the line below its key and a comment",
    "  command: # c\n    python x\n  status: failed\n",
    { command: "z" },
    "  command: z # c\n  status: failed\n",
  ],
  [
    "replaces a text over several lines by a list",
    "  x: one\n    two # c\n  status: failed\n",
    { x: [1] },
    "  x: # c\n    - 1\n  status: failed\n",
  ],
  ["changes a value behind a key with an anchor", "  &k reason: x\n", { reason: "y" }, '  &k reason: "y"\n'],
  [
    "changes a value of an explicit key beside others",
    "  x:\n    ? b\n    : 1\n    c: 2 # two\n",
    { x: { b: 3, c: 2 } },
    "  x:\n    ? b\n    : 3\n    c: 2 # two\n",
  ],
  ["replaces a list by a text", "  x: [1] # one\n", { x: "t" }, '  x: "t" # one\n'],
  ["replaces a mapping in a list by a text", "  x: [{n: 1}]\n", { x: ["t"] }, '  x:\n    - "t"\n'],
  ["replaces a text in a list by a mapping", "  x: [t]\n", { x: [{ n: 1 }] }, '  x:\n    - "n": 1\n'],
  ["appends several to a flow list", "  x: [1]\n", { x: [1, 2, 3] }, "  x: [1, 2, 3]\n"],
  [
    "takes a line with blanks alone for a blank line",
    "  x:\n  - 1\n   \n  - 2\n",
    { x: [1, 2, 3] },
    "  x:\n  - 1\n   \n  - 2\n\n  - 3\n",
  ],
  ["fills an empty mapping in a flow list", "  x: [{}]\n", { x: [{ b: 1 }] }, "  x: [{b: 1}]\n"],
  [
    "adds a key behind a block scalar",
    "  command: |\n    x\n",
    { reason: "r" },
    '  command: |\n    x\n  reason: "r"\n',
  ],
  [
    "adds a key behind a block scalar that ends without a line break",
    "  command: |-\n    x",
    { reason: "r" },
    '  command: |-\n    x\n  reason: "r"',
  ],
  [
    "adds a key behind a block scalar that keeps its line breaks",
    "  command: |+\n    x\n\n",
    { reason: "r" },
    '  command: |+\n    x\n\n  reason: "r"\n',
  ],
  [
    "takes a list out whose last item is empty",
    "  x:\n  - 1\n  -\n  status: failed\n",
    { x: undefined },
    "  status: failed\n",
  ],
  [
    "takes a mapping out, not the comment on the next key",
    "  x:\n    b: 1\n  # next\n  status: failed\n",
    { x: undefined },
    "  # next\n  status: failed\n",
  ],
  [
    "takes a list out, not the comment on the next key",
    "  x:\n    - 1\n  # next\n  status: failed\n",
    { x: undefined },
    "  # next\n  status: failed\n",
  ],
  [
    "empties a list, and leaves the comments that stand between its items",
    "  tags:\n  - a\n  # between\n\n  - b\n  status: failed\n",
    { tags: [] },
    "  tags: []\n  # between\n\n  status: failed\n",
  ],
  [
    "empties a list of which an item is empty",
    "  x:\n  - 1\n  -\n  # between\n  - 3\n  status: failed\n",
    { x: [] },
    "  x: []\n  # between\n  status: failed\n",
  ],
  [
    "empties a mapping, and leaves the comments that stand between its keys",
    "  x:\n    b: 1\n    # between\n    c: 2\n  status: failed\n",
    { x: {} },
    "  x: {}\n    # between\n  status: failed\n",
  ],
  [
    "empties a flow list over several lines, and leaves its comments",
    "  x: [\n    1,\n    # between\n    2,\n    ]\n",
    { x: [] },
    "  x: [\n    # between\n    ]\n",
  ],
  [
    "empties a flow list over several lines, and leaves its blank lines",
    "  x: [\n    1,\n\n    2\n    ]\n",
    { x: [] },
    "  x: [\n\n    ]\n",
  ],
  [
    "empties a flow mapping over several lines, and leaves its comments",
    "  x: {\n    b: 1,\n    # between\n    c: 2,\n    }\n",
    { x: {} },
    "  x: {\n    # between\n    }\n",
  ],
  ["empties a flow list over two lines without comments whole", "  x: [1,\n    2] # c\n", { x: [] }, "  x: [] # c\n"],
  ["empties a flow list", "  x: [1, 2] # c\n", { x: [] }, "  x: [] # c\n"],
  ["empties a flow mapping", "  x: {b: 1, c: 2} # c\n", { x: {} }, "  x: {} # c\n"],
  ["replaces a list by an empty mapping", "  x: # c\n  - 1\n", { x: {} }, "  x: {} # c\n"],
  ["replaces a mapping by an empty list", "  x: # c\n    b: 1\n", { x: [] }, "  x: [] # c\n"],
  ["replaces an empty list by an empty mapping", "  x: [] # c\n", { x: {} }, "  x: {} # c\n"],
  ["replaces a list with comments by a number", "  x: # c\n  - 1\n  # between\n  - 2\n", { x: 3 }, "  x: 3 # c\n"],
  ["replaces a mapping by null", "  x:\n    b: 1\n  status: failed\n", { x: null }, "  x: null\n  status: failed\n"],
  [
    "replaces a list by a list that is longer, with another beginning",
    "  x: [1]\n",
    { x: [2, 3] },
    "  x:\n    - 2\n    - 3\n",
  ],
  ["changes a mapping with the tag of one", "  x: !!map\n    b: 1\n", { x: { b: 2 } }, "  x: !!map\n    b: 2\n"],
  ["appends to a list with the tag of one", "  x: !!seq\n  - 1\n", { x: [1, 2] }, "  x: !!seq\n  - 1\n  - 2\n"],
];

describe("a change of one value in a block mapping", () => {
  const head = "nodes:\n- node_id: a\n";
  it.each(inBlockStyle)("%s", (_, before, fields, after) => {
    expect(setFields(head + before, fields)).toMatchObject({ text: head + after, isRewritten: false });
  });

  it("takes the last key out of a text without a last line break, and leaves it without one", () => {
    expect(setFields(`${head}  x: 1`, { x: undefined })).toMatchObject({ text: head.trimEnd(), isRewritten: false });
  });
});

const inOtherStyles: readonly Case[] = [
  [
    "takes the last key out of a flow mapping",
    "nodes: [{node_id: a, reason: x}]\n",
    { reason: undefined },
    "nodes: [{node_id: a}]\n",
  ],
  [
    "takes the first key out of a flow mapping",
    "nodes: [{reason: x, node_id: a}]\n",
    { reason: undefined },
    "nodes: [{node_id: a}]\n",
  ],
  [
    "takes a key out of the middle of a flow mapping",
    "nodes: [{node_id: a, reason: x, status: failed}]\n",
    { reason: undefined },
    "nodes: [{node_id: a, status: failed}]\n",
  ],
  [
    "takes a line of its own out of a flow mapping, with its comment",
    "nodes: [{\n  node_id: a,\n  reason: x, # why\n  status: failed\n  }]\n",
    { reason: undefined },
    "nodes: [{\n  node_id: a,\n  status: failed\n  }]\n",
  ],
  [
    "takes a key out that shares its line in a flow mapping of several lines",
    "nodes: [{\n  node_id: a,\n  reason: x, status: failed\n  }]\n",
    { reason: undefined },
    "nodes: [{\n  node_id: a, status: failed\n  }]\n",
  ],
  [
    "takes a key out beside the dash",
    "nodes:\n- reason: x\n  node_id: a\n",
    { reason: undefined },
    "nodes:\n- node_id: a\n",
  ],
  [
    "fills a key that has nothing behind it in a flow mapping",
    "nodes: [{node_id: a, reason: , status: failed}]\n",
    { reason: "r" },
    'nodes: [{node_id: a, reason: "r" , status: failed}]\n',
  ],
  [
    "keeps CRLF in what it writes anew",
    "nodes:\r\n- node_id: a\r\n  x: 1 # one\r\n  command: |\r\n    x\r\n",
    { x: [1, 2], command: "z" },
    'nodes:\r\n- node_id: a\r\n  x: # one\r\n    - 1\r\n    - 2\r\n  command: "z"\r\n',
  ],
  [
    "changes a value of an explicit key",
    "nodes:\n  a: # first\n    ? x\n    : 1\n    y: 007\n",
    { x: 2 },
    "nodes:\n  a: # first\n    ? x\n    : 2\n    y: 007\n",
  ],
  [
    "appends without a blank line where only other lines are blank",
    "version: 1\n\nnodes:\n- node_id: a\n  x:\n  - 1\n  - 2\n",
    { x: [1, 2, 3] },
    "version: 1\n\nnodes:\n- node_id: a\n  x:\n  - 1\n  - 2\n  - 3\n",
  ],
  [
    "takes a line of its own with a blank before its comma out of a flow mapping",
    "nodes: [{\n  node_id: a,\n  reason: x , # why\n  status: failed\n  }]\n",
    { reason: undefined },
    "nodes: [{\n  node_id: a,\n  status: failed\n  }]\n",
  ],
];

describe("a change of one value in another style", () => {
  it.each(inOtherStyles)("%s", (_, before, fields, after) => {
    expect(setFields(before, fields)).toMatchObject({ text: after, isRewritten: false });
  });
});

const laidOutAnew: readonly Case[] = [
  [
    "a value with a tag changes",
    "nodes:\n- node_id: a\n  x: !!str 1\n",
    { x: "2" },
    'nodes:\n  - node_id: a\n    x: "2"\n',
  ],
  [
    "the only key beside a dash goes",
    "nodes:\n- node_id: a\n  attempts:\n  - n: 1\n",
    { attempts: [{ m: 1 }] },
    "nodes:\n  - node_id: a\n    attempts:\n      - m: 1\n",
  ],
  ["an explicit key goes", "nodes:\n- node_id: a\n  ? x\n  : 1\n", { x: undefined }, "nodes:\n  - node_id: a\n"],
  [
    "an explicit key goes in a file with CRLF",
    "nodes:\r\n- node_id: a\r\n  ? x\r\n  : 1\r\n",
    { x: { b: ["it", 2], c: {}, d: [], no: 1 } },
    'nodes:\r\n  - node_id: a\r\n    x:\r\n      b:\r\n        - "it"\r\n        - 2\r\n      c: {}\r\n      d: []\r\n      "no": 1\r\n',
  ],
  ["a key of a flow mapping has no colon", "nodes: [{node_id: a, x}]\n", { x: 1 }, "nodes: [{node_id: a, x: 1}]\n"],
  [
    "an explicit key goes in the mapping form",
    "nodes:\n  a: # first\n    ? x\n    : 1\n    y: 007\n",
    { x: undefined },
    "nodes:\n  a:\n    # first\n    y: 007\n",
  ],
];

describe("a change that the layout does not allow in place lays the file out anew", () => {
  it.each(laidOutAnew)("when %s", (_, before, fields, after) => {
    expect(setFields(before, fields)).toMatchObject({ text: after, isRewritten: true });
  });

  it("and keeps long lines and flow collections as they are", () => {
    const long = `z: "${"word ".repeat(40)}"\nf: {b: [1, 2]}\n`;
    const { text } = setFields(`${long}nodes:\n- node_id: a\n  ? x\n  : 1\n`, { x: undefined });
    expect(text).toBe(`${long}nodes:\n  - node_id: a\n`);
  });

  it("when a key beside the nodes goes and another one comes", () => {
    const source = readTree("? x\n: 1\nnodes:\n- node_id: a # first\n", "tree.yaml");
    expect(editText(source, { y: { z: 2 }, nodes: source.tree.nodes })).toMatchObject({
      text: "nodes:\n  - node_id: a # first\ny:\n  z: 2\n",
      isRewritten: true,
    });
  });
});
