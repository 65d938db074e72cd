import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { type Column, renderTable } from "../../src/render/table.ts";
import { widthOf } from "../../src/render/width.ts";

const themeOf = (width?: number, level: 0 | 1 = 0) => createTheme({ level, unicode: true, width });
const columns: readonly Column[] = [
  { title: "id", elastic: 3 },
  { title: "value", align: "right" },
  { title: "text", elastic: 1 },
];
const cellsOf = (...texts: readonly string[]) => texts.map((text) => ({ text }));
const widest = (table: string) => Math.max(...table.split("\n").map(widthOf));

describe("renderTable", () => {
  it("aligns columns under their titles", () => {
    const rows = [cellsOf("a", "0.5", "first"), cellsOf("long", "12.25", "")];
    expect(renderTable(columns, rows, themeOf())).toBe(
      ["id    value  text", "a       0.5  first", "long  12.25"].join("\n"),
    );
  });

  it("draws the titles alone when there are no rows", () => {
    expect(renderTable(columns, [], themeOf())).toBe("id  value  text");
  });

  it("leaves no blanks at the end of a line", () => {
    expect(renderTable(columns, [cellsOf("a", "1", "")], themeOf())).not.toMatch(/ $/m);
  });

  it("cuts nothing when the width is unknown", () => {
    const long = "x".repeat(5_000);
    expect(renderTable(columns, [cellsOf("a", "1", long)], themeOf())).toContain(long);
  });

  it("cuts the last elastic column first, and marks the cut", () => {
    const table = renderTable(columns, [cellsOf("iter1_baseline", "0.5", "a rather long description")], themeOf(40));
    expect(table.split("\n")[1]).toBe("iter1_baseline    0.5  a rather long de…");
    expect(widest(table)).toBe(40);
  });

  it("cuts the elastic column before it once the last one has given all it can", () => {
    const table = renderTable(columns, [cellsOf("iter1_baseline", "0.5", "a rather long description")], themeOf(28));
    expect(table.split("\n")[1]).toBe("iter1_base…    0.5  a rathe…");
  });

  it("aligns wide characters, emoji and combining marks by their cells", () => {
    const rows = [
      cellsOf("学习", "1", "x"),
      cellsOf("🚀", "1", "x"),
      cellsOf("e\u0301", "1", "x"),
      cellsOf("abcd", "1", "x"),
    ];
    const lines = renderTable(columns, rows, themeOf()).split("\n").slice(1);
    expect(lines.map((line) => widthOf(line.slice(0, line.indexOf("x"))))).toEqual([13, 13, 13, 13]);
  });

  it("paints a cell after cutting and padding, so that colour takes no room", () => {
    const rows = [[{ text: "a", paint: themeOf(undefined, 1).good }, { text: "1" }, { text: "x" }]];
    const [plain, painted] = [
      renderTable(
        columns,
        rows.map((row) => cellsOf(...row.map(({ text }) => text))),
        themeOf(),
      ),
      renderTable(columns, rows, themeOf(undefined, 1)),
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is removed
    expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(plain);
    expect(painted).not.toBe(plain);
  });

  it.each([40, 80, 160])("is never wider than %d cells when its other columns leave room", (width) => {
    const cell = fc.string({ unit: fc.constantFrom("a", " ", "学", "🚀", "e\u0301"), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 5 }), (rows) => {
        const table = renderTable(
          columns,
          rows.map(([a, b]) => cellsOf(a, "0.123456", b)),
          themeOf(width),
        );
        expect(widest(table)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it("is never wider than 20 cells", () => {
    const rows = [cellsOf("iter1_baseline", "0.123456", "a rather long description")];
    expect(widest(renderTable(columns, rows, themeOf(20)))).toBeLessThanOrEqual(20);
  });

  it("has room for 200,000 rows", () => {
    const rows = Array.from({ length: 200_000 }, () => cellsOf("a", "1", "x"));
    expect(renderTable(columns, rows, themeOf()).split("\n")).toHaveLength(200_001);
  });
});
