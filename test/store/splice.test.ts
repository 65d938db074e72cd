import { describe, expect, it } from "vitest";
import { applySplices, lineBreak, lineEnd, lineStart, nextLine, UnspliceableError } from "../../src/store/splice.ts";

describe("applySplices", () => {
  it("replaces, inserts and removes by the offsets of the old text, in whatever order they were decided", () => {
    const splices = [
      { from: 4, to: 6, insert: "", depth: 0 },
      { from: 0, to: 1, insert: "AA", depth: 0 },
      { from: 2, to: 2, insert: "+", depth: 0 },
    ];
    expect(applySplices("abcdefg", splices)).toBe("AAb+cdg");
  });

  it("puts the deeper of two insertions at one place first", () => {
    const [shallow, deep] = [
      { from: 1, to: 1, insert: "shallow", depth: 2 },
      { from: 1, to: 1, insert: "deep", depth: 4 },
    ];
    expect(applySplices("ab", [shallow, deep])).toBe("adeepshallowb");
    expect(applySplices("ab", [deep, shallow])).toBe("adeepshallowb");
  });

  it("lets edits touch, and refuses those that overlap", () => {
    const first = { from: 0, to: 2, insert: "x", depth: 0 };
    expect(applySplices("abcd", [first, { from: 2, to: 3, insert: "y", depth: 0 }])).toBe("xyd");
    const overlapping = () => applySplices("abcd", [first, { from: 1, to: 3, insert: "y", depth: 0 }]);
    expect(overlapping).toThrow(UnspliceableError);
    expect(overlapping).toThrow("edits overlap at offset 1");
  });
});

describe("lines", () => {
  const text = "ab\r\ncd\n\nef";

  it.each([
    [0, 0, 2, 4],
    [2, 0, 2, 4],
    [4, 4, 6, 7],
    [6, 4, 6, 7],
    [7, 7, 7, 8],
    [9, 8, 10, 10],
  ])("around offset %d begin at %d, end at %d, and the next begins at %d", (offset, start, end, next) => {
    expect([lineStart(text, offset), lineEnd(text, offset), nextLine(text, offset)]).toEqual([start, end, next]);
  });

  it.each([
    ["a\nb\r\n", "\n"],
    ["a\r\nb\n", "\r\n"],
    ["a", "\n"],
    ["", "\n"],
  ])("of %j are broken by %j, as the first one is", (each, expected) => {
    expect(lineBreak(each)).toBe(expected);
  });
});
