import { describe, expect, it } from "vitest";
import type { Meaning } from "../../src/store/fields.ts";
import { parseDocument } from "../../src/store/parse-document.ts";
import { readDocument } from "../../src/store/read-value.ts";

const read = (text: string, meaning: Meaning = "any") =>
  readDocument(parseDocument(text, "t.yaml"), text, "t.yaml", meaning);
const longText = "x".repeat(1000);

describe("readDocument", () => {
  // What PyYAML's safe_load gives.
  it.each([
    ["a: |\n  one\n  two\n", "one\ntwo\n"],
    ["a: |2\n    deep\n   less\n", "  deep\n less\n"],
    ["a: >2\n    deep\n   less\n  plain\n", "  deep\n less\nplain\n"],
    ["a: |\r\n  one\r\n  two\r\n", "one\ntwo\n"],
    ["a: >\n\n  one\n  two\n\n  three\n", "\none two\nthree\n"],
    ["a: >\r\n\r\n  one\r\n  two\r\n", "\none two\n"],
    ["a: |-\n  x\n", "x"],
    ["a: |+\n  x\n\n\n", "x\n\n\n"],
    ["a: |2-\n    x\n", "  x"],
    ["a: >1\n  x\n y\n", " x\ny\n"],
    ["a: 'one\u2028two'\n", "one\u2028two"],
    ["a: |\n", ""],
    ["a: ''\n", ""],
    ["a: !!str\n", ""],
    ["a: !!str 5\n", "5"],
    ["a: !!int '5'\n", 5],
    ["a: !!float 5\n", 5],
    ["a: !!bool 'yes'\n", true],
    ["a: !!null ''\n", null],
    ["a: !!seq [1]\n", [1]],
    ["a: !!seq\n- 1\n", [1]],
    ["a: !!map {b: 1}\n", { b: 1 }],
    ["a: !!timestamp 2026-01-02\n", "2026-01-02"],
    [
      "a:\n- &x [1, 2]\n- *x\n",
      [
        [1, 2],
        [1, 2],
      ],
    ],
    ["a: [&x 1, *x]\n", [1, 1]],
    ["a: [&e , *e]\n", [null, null]],
  ])("reads %j as PyYAML does", (text, value) => {
    expect(read(text)).toEqual({ a: value });
  });

  it("reads keys as texts, whatever they look like", () => {
    expect(read("1: x\ntrue: y\n? z\n: 1\n")).toEqual({ "1": "x", true: "y", z: 1 });
    expect(read("~: 1\n")).toEqual({ "~": 1 });
    expect(read('? ""\n: 1\n')).toEqual({ "": 1 });
    expect(() => read("? [x]\n: 1\n")).toThrow("t.yaml:1:3: a key must be text, not a list or mapping");
  });

  it("reads by what is meant: a text stays one, a number is one, a single text may stand where a list is meant", () => {
    const meaning: Meaning = { fields: { text: "text", number: "number", tags: { list: "text" } } };
    expect(read("text: 1.0\nnumber: 1e-3\ntags: 2\nother: 1e-3\n", meaning)).toEqual({
      ...{ text: "1.0", number: 0.001, tags: "2", other: "1e-3" },
    });
    expect(read("text: ~\ntags: [1, ~]\n", meaning)).toEqual({ text: null, tags: ["1", null] });
    expect(read("a: {x: 1.0}\nb: {x: 2}\n", { keyed: { fields: { x: "text" } } })).toEqual({
      a: { x: "1.0" },
      b: { x: "2" },
    });
    expect(read("[[1.0]]", { list: { list: "text" } })).toEqual([["1.0"]]);
    expect(read("[{x: 1}]", { list: "text" })).toEqual([{ x: 1 }]);
  });

  it.each([
    ["a: !!binary aGk=\n", "t.yaml:1:13: the tag 'tag:yaml.org,2002:binary' is not supported"],
    ["a: !x y\n", "the tag '!x' is not supported"],
    ["a: !<xtag:yaml.org,2002:seq> [1]\n", "is not supported"],
    ["a: !<tag:yaml.org,2002:seqx> [1]\n", "is not supported"],
    ["a: !<xtag:yaml.org,2002:int> 1\n", "is not supported"],
  ])("refuses the tag of %j", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it("lets aliases repeat as much as fits, a long text counting as many short ones", () => {
    const times = (count: number, text: string) => `a: &x ${text}\nb: [${Array(count).fill("*x").join(", ")}]\n`;
    expect(() => read(times(20_000, "1"))).not.toThrow();
    expect(() => read(times(20_001, "1"))).toThrow(/aliases repeat more than 20000 values/);
    expect(() => read(times(10_000, longText))).not.toThrow();
    expect(() => read(times(10_001, longText))).toThrow(/aliases repeat more than 20000 values/);
  });
});
