import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutTo, padTo, widthOf } from "../../src/render/width.ts";

const cells = fc.integer({ min: 0, max: 20 });
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ unit: fc.constantFrom("a", "学", "🚀", "e\u0301", "🇩🇪", "👍🏽", "ｱ"), maxLength: 20 }),
);

describe("widthOf", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["学习", 4],
    ["🚀", 2],
    ["e\u0301", 1],
    ["👩‍💻", 2],
    ["🇩🇪", 2],
    ["ｱ", 1],
    ["└─ ●…", 5],
  ])("counts the cells of %j", (each, width) => {
    expect(widthOf(each)).toBe(width);
  });
});

describe("cutTo", () => {
  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["abcdef", 1, "…"],
    ["abcdef", 0, ""],
    ["abcdef", -3, ""],
    ["", 5, ""],
    ["ab cdef", 4, "ab…"],
    ["学习率", 6, "学习率"],
    ["学习率", 5, "学习…"],
    ["学习率", 4, "学…"],
    ["🚀🚀🚀", 4, "🚀…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["👩‍💻👩‍💻", 3, "👩‍💻…"],
  ])("cuts %j to %d cells as %j", (each, width, expected) => {
    expect(cutTo(each, width)).toBe(expected);
  });

  it("marks the cut as the theme does, as far as the mark has room", () => {
    expect(cutTo("abcdef", 5, "...")).toBe("ab...");
    expect(cutTo("abcdef", 2, "...")).toBe("..");
  });

  it("is never wider than asked, never splits a character, and keeps the beginning", () => {
    fc.assert(
      fc.property(text, cells, fc.constantFrom("…", "..."), (each, width, mark) => {
        const cut = cutTo(each, width, mark);
        expect(widthOf(cut)).toBeLessThanOrEqual(width);
        expect(cut.isWellFormed()).toBe(true);
        if (cut === each || width === 0) return;
        expect(each.startsWith(cut.slice(0, -Math.min(mark.length, width)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a text that fits as it is", () => {
    fc.assert(fc.property(text, (each) => cutTo(each, Math.max(1, widthOf(each))) === each));
  });
});

describe("padTo", () => {
  it.each([
    ["ab", 4, "left", "ab  "],
    ["ab", 4, "right", "  ab"],
    ["学", 4, "left", "学  "],
    ["🚀", 3, "right", " 🚀"],
    ["abcdef", 3, "left", "abcdef"],
  ] as const)("pads %j to %d cells, aligned %s", (each, width, align, expected) => {
    expect(padTo(each, width, align)).toBe(expected);
  });

  it("fills exactly the cells asked for", () => {
    fc.assert(
      fc.property(text, cells, fc.constantFrom("left" as const, "right" as const), (each, width, align) => {
        expect(widthOf(padTo(each, width, align))).toBe(Math.max(width, widthOf(each)));
      }),
    );
  });
});
