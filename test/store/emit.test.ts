import { describe, expect, it } from "vitest";
import { emitBlock, emitFlow, emitMapping, emitPair, needsBlock } from "../../src/store/emit.ts";

const value = { a: 1, b: [true, "x"], gone: undefined, c: { d: null, e: [] }, f: {}, g: [{ h: 1, i: 2 }, [3], {}] };

describe("emit", () => {
  it("writes any value on one line in flow style, without what is undefined", () => {
    expect(emitFlow(value)).toBe('{a: 1, b: [true, "x"], c: {d: null, e: []}, f: {}, g: [{h: 1, i: 2}, [3], {}]}');
  });

  it("writes a mapping in block style, two spaces a level", () => {
    expect(emitMapping(value, 2)).toEqual([
      "a: 1",
      "  b:",
      "    - true",
      '    - "x"',
      "  c:",
      "    d: null",
      "    e: []",
      "  f: {}",
      "  g:",
      "    - h: 1",
      "      i: 2",
      "    - [3]",
      "    - {}",
    ]);
  });

  it("indents every line of a block", () => {
    expect(emitBlock({ a: 1, b: 2 }, 2)).toEqual(["  a: 1", "  b: 2"]);
    expect(emitBlock([1, "x"], 3)).toEqual(["   - 1", '   - "x"']);
    expect(emitPair("k", [1], 2)).toEqual(["k:", "    - 1"]);
  });

  it.each([
    ["plain", "plain: 1"],
    ["with-dash_2", "with-dash_2: 1"],
    ["no", '"no": 1'],
    ["two words", '"two words": 1'],
    ["9", '"9": 1'],
    ["a.b", '"a.b": 1'],
    ["é", '"é": 1'],
    ["", '"": 1'],
  ])("quotes the key %j unless every reader takes it for text", (key, line) => {
    expect(emitPair(key, 1, 0)).toEqual([line]);
  });

  it.each([
    [[], false],
    [[0], true],
    [{}, false],
    [{ a: undefined }, false],
    [{ a: 0 }, true],
    ["text", false],
    [null, false],
  ])("gives %j lines of its own: %s", (each, expected) => {
    expect(needsBlock(each)).toBe(expected);
  });
});
