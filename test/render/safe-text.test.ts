import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { asciiText, safeJson, safeLines, safeText } from "../../src/render/safe-text.ts";
import { hostileText, obeyed } from "./hostile-text.ts";

describe("safeText", () => {
  it.each([
    ["", ""],
    ["plain text, 100 %", "plain text, 100 %"],
    ["naïve 学习率 🚀 e\u0301", "naïve 学习率 🚀 e\u0301"],
    ["a : b :: c", "a : b :: c"],
    ["# title", "# title"],
    ["a family 👨\u200d👩\u200d👧", "a family 👨\u200d👩\u200d👧"],
    ["👩🏽\u200d💻 ❤\ufe0f\u200d🔥", "👩🏽\u200d💻 ❤\ufe0f\u200d🔥"],
  ])("leaves %j as it is", (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it.each([
    ["a colour", "\u001b[31m", "\\e[31m"],
    ["a title", "\u001b]0;x\u0007", "\\e]0;x\\u0007"],
    ["an eight-bit control sequence", "\u009b31m", "\\u009b31m"],
    ["a line break", "a\nb", "a\\nb"],
    ["a carriage return", "a\rb", "a\\rb"],
    ["a tab", "a\tb", "a\\tb"],
    ["a NUL", "a\0b", "a\\u0000b"],
    ["backspaces", "a\b", "a\\u0008"],
    ["DEL", "\u007f", "\\u007f"],
    ["a direction override", "\u202eabc", "\\u202eabc"],
    ["an isolate", "\u2066x\u2069", "\\u2066x\\u2069"],
    ["a zero-width space", "a\u200bb", "a\\u200bb"],
    ["a joiner before an emoji", "a\u200d👩", "a\\u200d👩"],
    ["a joiner behind an emoji", "👩\u200da👩", "👩\\u200da👩"],
    ["a joiner that is not beside the emoji", "👩a\u200d👩", "👩a\\u200d👩"],
    ["another mark between emoji", "👩\u200b👩", "👩\\u200b👩"],
    ["an invisible copy of a letter", "a\u{e0041}b", "a\\udb40\\udc41b"],
    ["a line separator", "a\u2028b", "a\\u2028b"],
    ["a byte order mark", "\ufeffa", "\\ufeffa"],
    ["a lone high surrogate", "a\ud83d", "a\\ud83d"],
    ["a lone low surrogate", "\ude80a", "\\ude80a"],
    ["surrogates the wrong way round", "\ude80\ud83d", "\\ude80\\ud83d"],
  ])("shows %s as an escape", (_, text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it.each([
    ["::set-output name=a::b", "\\::set-output name=a::b"],
    ["  ::warning::x", "  \\::warning::x"],
    ["##[group]x", "#\\#[group]x"],
    ["a ###[error]", "a ##\\#[error]"],
  ])("breaks up the workflow command %j", (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it.each(["##vso[task.setvariable variable=a]b", "##teamcity[buildStop]"])("breaks up %j", (text) => {
    expect(safeText(text)).not.toContain(text.slice(0, text.indexOf("[") + 1));
  });

  it("lets nothing raw through, whatever the text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(obeyed(safeText(text))).toEqual([]);
        expect(safeText(text)).not.toContain("\n");
      }),
      { numRuns: 500 },
    );
  });

  it("changes nothing on the second time", () => {
    fc.assert(
      fc.property(hostileText, (text) => safeText(safeText(text)) === safeText(text)),
      { numRuns: 300 },
    );
  });
});

describe("safeLines", () => {
  it("keeps line breaks of either kind and makes each line safe", () => {
    expect(safeLines("a\u001b\r\n::error::b\n\nc")).toBe("a\\e\n\\::error::b\n\nc");
  });

  it("gives a tab four cells", () => {
    expect(safeLines("a\tb")).toBe("a    b");
  });

  it("escapes a carriage return that would go back over the line", () => {
    expect(safeLines("good\rbad")).toBe("good\\rbad");
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(obeyed(safeLines(text))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("asciiText", () => {
  it("shows what is not ASCII as escapes and keeps line breaks", () => {
    expect(asciiText("é 学\n→ 🚀")).toBe("\\u00e9 \\u5b66\n\\u2192 \\ud83d\\ude80");
  });

  it("leaves ASCII as it is", () => {
    const ascii = fc.string({ unit: "grapheme-ascii" });
    fc.assert(fc.property(ascii, (text) => asciiText(text) === text));
  });

  it("keeps the colours of the theme", () => {
    const bold = createTheme({ level: 1, unicode: false }).strong("x");
    expect(asciiText(bold)).toBe(bold);
  });
});

describe("safeJson", () => {
  it.each([
    [{ a: [1, "x", null] }, '{"a":[1,"x",null]}'],
    [Number.NaN, "null"],
    [{ a: Number.POSITIVE_INFINITY, b: undefined }, '{"a":null}'],
    [undefined, "null"],
    [-0, "0"],
    ["\u202e\u009b\u007f\u2028", '"\\u202e\\u009b\\u007f\\u2028"'],
    ["\u001b[31m\n", '"\\u001b[31m\\n"'],
    ["##[error]", '"\\u0023#[error]"'],
    ["##vso[task.x]", '"\\u0023#vso[task.x]"'],
    ["\ud800", '"\\ud800"'],
  ])("writes %j as %s", (value, json) => {
    expect(safeJson(value)).toBe(json);
  });

  it("is one line, raw nowhere, and reads back as the same value", () => {
    const value = fc.dictionary(hostileText, fc.oneof(hostileText, fc.integer(), fc.constant(null)));
    fc.assert(
      fc.property(value, (each) => {
        const json = safeJson(each);
        expect(json).not.toContain("\n");
        expect(obeyed(json)).toEqual([]);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(each)));
      }),
      { numRuns: 500 },
    );
  });
});
