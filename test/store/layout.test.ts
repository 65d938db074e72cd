import { describe, expect, it } from "vitest";
import type { YAMLMap, YAMLSeq } from "yaml";
import { colonEnd, contentEnd, dashes, isEmptyValue, keyStart, pairEnd, pairsOf } from "../../src/store/layout.ts";
import { parseDocument } from "../../src/store/parse-document.ts";

type Pairs = Parameters<typeof pairsOf>[0];

/** The pairs of a document that is a mapping. */
function pairs(text: string) {
  return pairsOf(parseDocument(text, "t.yaml").contents as YAMLMap as Pairs);
}

const first = (text: string) => pairs(text)[0] as ReturnType<typeof pairs>[number];
/** The text up to and with the first pair's content. */
const content = (text: string) => text.slice(0, pairEnd(first(text)));

describe("where a pair begins and ends", () => {
  it.each([
    ["a: 1   # why\nb: 2\n", "a: 1"],
    ["a:   # nothing\nb: 2\n", "a:"],
    ["a:\n  b: 1\n\n  # more\nc: 2\n", "a:\n  b: 1"],
    ["a:\n  b:\n  c:   # last\nd: 1\n", "a:\n  b:\n  c:"],
    ["a:\n  - 1\n  - x   # last\nb: 2\n", "a:\n  - 1\n  - x"],
    ["a:\n  - 1\n  -   # empty\nb: 2\n", "a:\n  - 1\n  -"],
    ["a:\n  - b: 1\n    c: 2\n\nd: 1\n", "a:\n  - b: 1\n    c: 2"],
    ["a: [1, 2]   # list\nb: 2\n", "a: [1, 2]"],
    ["a: {b: 1}   # map\nb: 2\n", "a: {b: 1}"],
    ["a: []\nb: 2\n", "a: []"],
    ['a: ""\nb: 2\n', 'a: ""'],
  ])("%j ends with %j", (text, end) => {
    expect(content(text)).toBe(end);
  });

  it("finds key and colon", () => {
    const pair = first("\n# about\n  a  : 1\n");
    expect([keyStart(pair), colonEnd(pair)]).toEqual([11, 15]);
    const [, later] = pairs("{a: 1, b: 2}");
    expect([keyStart(later as typeof pair), colonEnd(later as typeof pair)]).toEqual([7, 9]);
  });

  it.each(["&x a: 1\n", "!!str a: 1\n", "? a\n: 1\n"])("does not touch the key of %j", (text) => {
    expect(() => keyStart(first(text))).toThrow("a key with an anchor, a tag or '?'");
  });

  it.each(["{a}\n", "{a, b: 1}\n", "? a\n"])("does not touch a pair without a colon: %j", (text) => {
    expect(() => colonEnd(first(text))).toThrow("a key without a colon");
  });

  it("tells nothing at all from an empty text", () => {
    expect(["a:\n", 'a: ""\n', "a: ~\n", "a: []\n", "{a}"].map((text) => isEmptyValue(first(text).value))).toEqual([
      ...[true, false, false, false, true],
    ]);
  });
});

it("the dashes of a list are those of its own items", () => {
  const text = "- a\n-   - b\n-\n- c\n";
  const list = parseDocument(text, "t.yaml").contents as YAMLSeq as Parameters<typeof dashes>[0];
  expect(dashes(list)).toEqual([0, 4, 12, 14]);
  expect(contentEnd(list)).toBe(text.length - 1);
  const flow = parseDocument("[a, b]\n", "t.yaml").contents as YAMLSeq as Parameters<typeof dashes>[0];
  expect([dashes(flow), contentEnd(flow)]).toEqual([[], 6]);
});
