import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDeltas, deltaOf, deltaOfBytes, deltaOfSplices, invertDelta } from "../../src/store/delta.ts";
import { applySplices } from "../../src/store/splice.ts";

const lines = fc
  .array(fc.oneof(fc.constantFrom("a", "b", "c", "", "  x: 1", "\r"), fc.string({ maxLength: 4, unit: "grapheme" })), {
    maxLength: 12,
  })
  .map((each) => each.join("\n"));

const apply = (text: string, delta: Parameters<typeof applyDeltas>[1][number]) =>
  Buffer.from(applyDeltas(Buffer.from(text), [delta])).toString();

describe("deltaOf", () => {
  it("leads from any text to any other, and back", () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const delta = deltaOf(before, after);
        expect(apply(before, delta)).toBe(after);
        expect(apply(after, invertDelta(delta))).toBe(before);
      }),
    );
  });

  it("is the same of their bytes", () => {
    // Longer than what is compared at once.
    const longer = fc
      .tuple(lines, fc.constantFrom("é\n".repeat(3000), "x".repeat(4096), ""), lines)
      .map((each) => each.join(""));
    fc.assert(
      fc.property(longer, longer, (before, after) => {
        expect(deltaOfBytes(Buffer.from(before), Buffer.from(after))).toEqual(deltaOf(before, after));
      }),
    );
  });

  it("holds only the lines that differ, wherever they are", () => {
    const before = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join("");
    const after = `first\n${before.replace("line 3\n", "").replace("line 500\n", "line five hundred\n")}last\n`;
    expect(deltaOf(before, after).map(([, removed, inserted]) => [removed, inserted])).toEqual([
      ["", "first\n"],
      ["line 3\n", ""],
      ["line 500\n", "line five hundred\n"],
      ["", "last\n"],
    ]);
  });

  it.each([
    ["one of them becomes another", "a\na\nx\na\na\n", "a\na\ny\na\na\n", [[4, "x\n", "y\n"]]],
    ["the first one does", "x\na\na\n", "y\na\na\n", [[0, "x\n", "y\n"]]],
    ["the last one does", "a\na\nx", "a\na\ny\n", [[4, "x", "y\n"]]],
    ["there is one more", "a\na\n", "a\na\na\n", [[4, "", "a\n"]]],
    ["there is one less", "a\na\na\n", "a\na\n", [[4, "a\n", ""]]],
    ["another one comes between", "a\nb\na\nb\n", "a\nb\nc\na\nb\n", [[4, "", "c\n"]]],
    ["another one leaves from between", "a\nb\nc\na\nb\n", "a\nb\na\nb\n", [[4, "c\n", ""]]],
    ["it ends the text", "a\na\n\n", "a\na\n", [[4, "\n", ""]]],
    ["it is all there was", "a\n", "", [[0, "a\n", ""]]],
    ["there was nothing", "", "a\n", [[0, "", "a\n"]]],
  ])("holds no line that stays, also when lines are alike and %s", (_, before, after, delta) => {
    expect(deltaOf(before, after)).toEqual(delta);
  });

  it.each([
    ["from the beginning of the line", "1\nab\n2\n", "1\nac\n2\n", [[2, "ab\n", "ac\n"]]],
    ["to the end of the line", "1\nba\n2\n", "1\nca\n2\n", [[2, "ba\n", "ca\n"]]],
    ["in the first line", "1x\nz\n", "2x\nz\n", [[0, "1x\n", "2x\n"]]],
    ["in the last line", "z\nx1", "z\nx2", [[2, "x1", "x2"]]],
    ["where the last line goes on", "z\nx", "z\nxy", [[2, "x", "xy"]]],
    ["where the last line ends sooner", "z\nxy", "z\nx", [[2, "xy", "x"]]],
    ["where one text begins like the other ends", "b\na", "a", [[0, "b\n", ""]]],
    ["behind letters of two bytes", "é\n1\n", "é\n2\n", [[3, "1\n", "2\n"]]],
    [
      "twice, with letters of two bytes between",
      "1\né\n2\n",
      "3\né\n4\n",
      [
        [0, "1\n", "3\n"],
        [5, "2\n", "4\n"],
      ],
    ],
  ])("holds whole lines where only a part of one differs, %s", (_, before, after, delta) => {
    expect(deltaOf(before, after)).toEqual(delta);
  });

  it("takes a line that stands twice for none of them", () => {
    expect(deltaOf("1\na\n2\na\n3\n", "4\na\n5\na\n6\n")).toEqual([[0, "1\na\n2\na\n3\n", "4\na\n5\na\n6\n"]]);
    expect(deltaOf("1\na\n2\n", "4\na\n5\na\n6\n")).toEqual([[0, "1\na\n2\n", "4\na\n5\na\n6\n"]]);
  });

  it("is empty for equal texts", () => {
    expect(deltaOf("a\nb", "a\nb")).toEqual([]);
  });

  it("finds lines that moved past each other", () => {
    const delta = deltaOf("a\nb\nc\nd\n", "d\na\nb\nc\n");
    expect(apply("a\nb\nc\nd\n", delta)).toBe("d\na\nb\nc\n");
    expect(delta).toHaveLength(2);
  });

  it("keeps the longest run of lines in order when others moved", () => {
    expect(deltaOf("1\n2\n3\n4\n5\n6\n", "3\n1\n2\n6\n4\n5\n")).toEqual([
      [0, "", "3\n"],
      [4, "3\n", "6\n"],
      [10, "6\n", ""],
    ]);
  });
});

describe("deltaOfSplices", () => {
  it("says what the splices do, also of several insertions at one place", () => {
    const text = "nodes:\n- a\n- b\n";
    const splices = [
      { from: 11, to: 11, insert: "  outer\n", depth: 1 },
      { from: 11, to: 11, insert: "    inner\n", depth: 2 },
      { from: 7, to: 10, insert: "- A", depth: 0 },
    ];
    const after = applySplices(text, splices);
    const delta = deltaOfSplices(text, splices);
    expect(apply(text, delta)).toBe(after);
    expect(apply(after, invertDelta(delta))).toBe(text);
  });
});

describe("applyDeltas", () => {
  it("knows no limit of how many places change", () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i}\n`);
    const before = lines.join("");
    const after = lines.map((line, i) => (i % 2 === 0 ? line : `x${line}`)).join("");
    const delta = deltaOf(before, after);
    expect(delta.length).toBe(100_000);
    expect(apply(before, delta)).toBe(after);
  });

  it("leads from version to version", () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1 }), (versions) => {
        const deltas = versions.slice(1).map((after, i) => deltaOf(versions[i] as string, after));
        const all = applyDeltas(Buffer.from(versions[0] as string), deltas);
        expect(Buffer.from(all).toString()).toBe(versions.at(-1));
      }),
    );
  });

  it("refuses a text that the delta is not about", () => {
    expect(() => apply("b\n", [[0, "a", "c"]])).toThrow("does not fit at offset 0");
    expect(() =>
      apply("aa", [
        [1, "a", ""],
        [0, "a", ""],
      ]),
    ).toThrow("does not fit at offset 0");
  });
});
