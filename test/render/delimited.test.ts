import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderCsv, renderMarkdown, renderTsv } from "../../src/render/delimited.ts";
import { hostileText, obeyed } from "./hostile-text.ts";

const rowsOf = (width: number) =>
  fc.array(fc.array(hostileText, { minLength: width, maxLength: width }), { minLength: 1 });

/** The cells of CSV text as a spreadsheet reads them (RFC 4180). */
function readCsv(text: string): readonly (readonly string[])[] {
  return text.split("\n").map((line) => {
    const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,"]*))/g)];
    return cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
  });
}

describe("renderCsv", () => {
  it("separates cells with commas and rows with line breaks", () => {
    expect(
      renderCsv([
        ["id", "value"],
        ["a", "0.9"],
        ["b", ""],
      ]),
    ).toBe("id,value\na,0.9\nb,");
  });

  it("quotes commas, quotation marks and spaces at the ends", () => {
    expect(renderCsv([["a,b", 'say "x"', " c", "d "]])).toBe('"a,b","say ""x"""," c","d "');
  });

  it.each(["=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", " =1", "=HYPERLINK(1)"])(
    "keeps the formula %j from being one",
    (cell) => {
      expect(readCsv(renderCsv([[cell]]))[0]?.[0]).toBe(`'${cell}`);
    },
  );

  it.each(["-1", "-10", "-0.5", "-0.25", "-1e7", "-1e-7", "-2.5E+30", "0.92"])(
    "leaves the number %s a number",
    (cell) => {
      expect(renderCsv([[cell]])).toBe(cell);
    },
  );

  it("keeps a text of several lines on one", () => {
    expect(renderCsv([["a\nb\r\nc"]])).toBe("a\\nb\\r\\nc");
  });

  it("has as many rows and cells as went in, none of them a formula and nothing raw, whatever the texts", () => {
    fc.assert(
      fc.property(rowsOf(3), (rows) => {
        const csv = renderCsv(rows);
        const read = readCsv(csv);
        expect(obeyed(csv)).toEqual([]);
        expect(read.map((row) => row.length)).toEqual(rows.map(() => 3));
        expect(read.flat().filter((cell) => /^\s*[=+@]/.test(cell))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("renderTsv", () => {
  it("separates cells with tabs and escapes those inside", () => {
    expect(
      renderTsv([
        ["id", "text"],
        ["a", "b\tc\nd"],
      ]),
    ).toBe("id\ttext\na\tb\\tc\\nd");
  });

  it.each(["=1+1", "@x", "+x", "-x", "\t=1"])("keeps the formula %j from being one", (cell) => {
    expect(renderTsv([[cell]])).not.toMatch(/^\s*[=+\-@]/);
  });

  it("has as many cells as went in and nothing raw but its own tabs", () => {
    fc.assert(
      fc.property(rowsOf(3), (rows) => {
        const lines = renderTsv(rows).split("\n");
        expect(lines.map((line) => line.split("\t").length)).toEqual(rows.map(() => 3));
        expect(lines.flatMap((line) => obeyed(line.replaceAll("\t", "")))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("renderMarkdown", () => {
  it("draws a GitHub table with a line under the titles", () => {
    expect(
      renderMarkdown([
        ["id", "value"],
        ["a", "0.9"],
      ]),
    ).toBe("| id | value |\n| --- | --- |\n| a | 0.9 |");
  });

  it("draws the titles alone when there are no rows", () => {
    expect(renderMarkdown([["id"]])).toBe("| id |\n| --- |");
  });

  it.each([
    ["a bar", "a|b", "a\\|b"],
    ["a backslash before a bar", "a\\|b", "a\\\\\\|b"],
    ["an HTML element", "<img src=x>", "&lt;img src=x&gt;"],
    ["an entity", "&lt;b&gt;", "&amp;lt;b&amp;gt;"],
    ["emphasis", "*a* _b_ ~c~", "\\*a\\* \\_b\\_ \\~c\\~"],
    ["code", "`a`", "\\`a\\`"],
    ["a link", "[a](b)", "\\[a\\]\\(b\\)"],
    ["an image", "![a](b)", "\\!\\[a\\]\\(b\\)"],
    ["a mention and an issue", "@me #1", "\\@me \\#1"],
  ])("keeps %s as text", (_, cell, shown) => {
    expect(renderMarkdown([["t"], [cell]]).split("\n")[2]).toBe(`| ${shown} |`);
  });

  it("keeps dollar signs as text", () => {
    expect(renderMarkdown([["t"], ["$x$"]])).toContain("\\$x\\$");
  });

  it("has one row a line, as many cells as went in, no HTML and nothing raw", () => {
    fc.assert(
      fc.property(rowsOf(3), (rows) => {
        const text = renderMarkdown([["a", "b", "c"], ...rows]);
        const lines = text.split("\n");
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(line.replaceAll(/\\./g, "").split("|")).toHaveLength(5);
        expect(text).not.toMatch(/[<>]/);
        expect(obeyed(text)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
