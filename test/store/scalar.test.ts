import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  foldOldBreaks,
  isPlainSafe,
  quote,
  renderNumber,
  renderText,
  resolveNumber,
  resolvePlain,
} from "../../src/store/scalar.ts";
import { anyNumber, anyText } from "./odd-values.ts";
import { askPeer, hasPeer, type Tagged, untag } from "./peer.ts";

describe("resolvePlain", () => {
  it.each([
    ["007", 7],
    ["0x1F", 31],
    ["0b101", 5],
    ["0b_", "0b_"],
    ["1_000", 1000],
    ["1:30", 90],
    ["-1:30", -90],
    ["1:30.5", 90.5],
    ["15:55:0.999", 57300.998999999996],
    ["08", "08"],
    ["1e3", "1e3"],
    ["1.0e+3", 1000],
    ["-.inf", Number.NEGATIVE_INFINITY],
    ["yes", true],
    ["y", "y"],
    ["OFF", false],
    ["~", null],
    ["", null],
    ["2024-01-01", "2024-01-01"],
  ])("reads %s as PyYAML does", (text, value) => {
    expect(resolvePlain(text)).toBe(value);
  });

  it.each([
    ["0", 0],
    ["-0", 0],
    ["+5", 5],
    ["-5", -5],
    ["00", 0],
    ["0_7", 7],
    ["-012", -10],
    ["0x", "0x"],
    ["0x_f_F", 255],
    ["-0xA", -10],
    ["-0b0", 0],
    ["-0b10", -2],
    ["0o17", "0o17"],
    ["_1", "_1"],
    ["1_", 1],
    ["1:2:03", 3723],
    ["1:60", "1:60"],
    ["0:30", "0:30"],
    ["12x", "12x"],
    ["x12", "x12"],
    ["1.", 1],
    ["-1.5", -1.5],
    ["+1_0.5_0", 10.5],
    [".5", 0.5],
    [".5_5", 0.55],
    ["-.5", "-.5"],
    ["._5", "._5"],
    ["1.5e3", "1.5e3"],
    ["1.5E-3", 0.0015],
    [".5e+3", 500],
    [".5e3", ".5e3"],
    ["1.5x", "1.5x"],
    ["x1.5", "x1.5"],
    ["x.5", "x.5"],
    ["-1:30.5", -90.5],
    ["+1_0:30.", 630],
    ["1:60.5", "1:60.5"],
    ["1:30.5x", "1:30.5x"],
    ["x1:30.5", "x1:30.5"],
    [".inf", Number.POSITIVE_INFINITY],
    ["+.Inf", Number.POSITIVE_INFINITY],
    ["-.INF", Number.NEGATIVE_INFINITY],
    [".iNF", ".iNF"],
    ["x.inf", "x.inf"],
    [".infx", ".infx"],
    [".NaN", Number.NaN],
    ["-.nan", "-.nan"],
    ["x.nan", "x.nan"],
    [".nanx", ".nanx"],
    ["NULL", null],
    ["nULL", "nULL"],
    ["nullx", "nullx"],
    ["xnull", "xnull"],
    ["oN", "oN"],
    ["yesx", "yesx"],
    ["xyes", "xyes"],
    ["nox", "nox"],
    ["xno", "xno"],
  ])("reads %s as YAML 1.1 does", (text, value) => {
    expect(resolvePlain(text)).toBe(value);
  });

  it.each([
    [true, "yes Yes YES true True TRUE on On ON"],
    [false, "no No NO false False FALSE off Off OFF"],
    [null, "~ null Null NULL"],
  ])("reads %s in each of its spellings", (value, words) => {
    for (const word of words.split(" ")) expect(resolvePlain(word), word).toBe(value);
  });

  it.skipIf(!hasPeer)("agrees with PyYAML on every plain scalar made of the characters that matter", () => {
    const plain = fc.stringMatching(/^[-+]?[0-9.][-+0-9_.:eExob]{0,8}$|^[yYnNoOfFtTrRuUeEsSlLaA~]{1,5}$/);
    const texts = [...new Set(fc.sample(plain, { numRuns: 5000, seed: 7 }))].filter(
      (text) => !text.includes(": ") && !text.endsWith(":"),
    );
    const answers = askPeer(texts.map((text) => ({ load: `v: ${text}` })));
    texts.forEach((text, i) => {
      const { value } = answers[i] ?? {};
      if (!value) return; // PyYAML itself fails on some, such as `0x_`
      const [, pairs] = value as [string, [Tagged, Tagged][]];
      const [kind, raw] = (pairs[0] as [Tagged, Tagged])[1];
      const isDate = kind === "date" || kind === "datetime";
      expect(resolvePlain(text), text).toBe(isDate ? text : untag([kind, raw]));
    });
  });
});

describe("resolveNumber", () => {
  it("also reads what YAML 1.2 calls a number", () => {
    expect(resolveNumber("1e-4")).toBe(1e-4);
    expect(resolveNumber("08")).toBe(8);
    expect(resolveNumber("5.")).toBe(5);
  });

  it.each([
    ["+1E+4", 10_000],
    ["-1e4", -10_000],
    ["-.5", -0.5],
    [".5e1", 5],
    ["1.5e-3", 0.0015],
    ["12e67", 12e67],
    ["0x1F", 31],
    [".e5", ".e5"],
    ["1e5x", "1e5x"],
    ["x1e5", "x1e5"],
    ["1ee5", "1ee5"],
  ])("reads %s where a number is meant", (text, value) => {
    expect(resolveNumber(text)).toBe(value);
  });

  it("leaves what is no number as text, and null as null", () => {
    for (const text of ["0.9.1", "nan", "1e", "yes", "0.92%"])
      expect(resolveNumber(text)).toBe(text === "yes" ? "yes" : text);
    expect(resolveNumber("~")).toBeNull();
  });
});

describe("foldOldBreaks", () => {
  it.each([
    ["one next line", "a\u0085b", "a b"],
    ["blanks around it", "a \t\u0085 \tb", "a b"],
    ["two next lines", "a\u0085 \u0085b", "a\nb"],
    ["three next lines", "a\u0085\u0085\u0085b", "a\n\nb"],
    ["a line separator", "a \u2028\tb", "a\u2028b"],
    ["a separator before a next line", "a\u2028\u0085b", "a\u2028\nb"],
    ["a separator behind a next line", "a\u0085 \t\u2029 b", "a\u2029b"],
    ["breaks at two places", "a\u0085b\u2028c", "a b\u2028c"],
    ["blanks alone", "a \t b", "a \t b"],
  ])("folds %s as PyYAML does", (_, text, folded) => {
    expect(foldOldBreaks(text)).toBe(folded);
  });
});

describe("writing", () => {
  it.each([
    [Number.NaN, ".nan"],
    [Number.POSITIVE_INFINITY, ".inf"],
    [Number.NEGATIVE_INFINITY, "-.inf"],
    [-0, "-0.0"],
    [0, "0"],
    [-1.5, "-1.5"],
    [1e21, "1.0e+21"],
    [-1e-7, "-1.0e-7"],
    [1.5e-7, "1.5e-7"],
  ])("writes the number %d as %s", (number, text) => {
    expect(renderNumber(number)).toBe(text);
  });

  it("escapes in double quotes what a reader would take for something else", () => {
    expect(quote('a"b\\c\n\t\r\0\u2028')).toBe('"a\\"b\\\\c\\n\\t\\r\\u0000\\u2028"');
    expect(quote("\ud800")).toBe('"\ufffd"');
  });

  it.each(["a", "Z9", "_x", "./run.sh", "/bin/sh", "a b", "lr=1e-4", "a@b", "f(x)", "a+b", "a 5%", "yy", "...x"])(
    "calls %j plain",
    (text) => {
      expect(isPlainSafe(text)).toBe(true);
    },
  );

  it.each([
    "",
    " a",
    "a ",
    "y",
    "Y",
    "n",
    "N",
    "...",
    "... x",
    "-a",
    "1a",
    ".5x",
    "null",
    "yes",
    "~",
    ".inf",
    "a:b",
    "é",
  ])("does not call %j plain", (text) => {
    expect(isPlainSafe(text)).toBe(false);
  });

  it("writes numbers that both readings of YAML give back", () => {
    fc.assert(
      fc.property(anyNumber, (number) => {
        expect(resolvePlain(renderNumber(number))).toBe(number);
        expect(resolveNumber(renderNumber(number))).toBe(number);
      }),
    );
  });

  it("calls a text plain only when it reads as itself", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(isPlainSafe(text));
        expect(resolvePlain(text)).toBe(text);
        expect(text).not.toMatch(/[:#'"\n\t,[\]{}&*!|>`]|^[-?%@]|^ | $/);
      }),
      { numRuns: 2000 },
    );
  });

  it("quotes without a single raw control, bidi or zero-width character", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(quote(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      }),
    );
  });

  it("keeps the quoting of what it replaces while that is safe", () => {
    expect(renderText("fast", "PLAIN")).toBe("fast");
    expect(renderText("yes", "PLAIN")).toBe('"yes"');
    expect(renderText("it's", "QUOTE_SINGLE")).toBe("'it''s'");
    expect(renderText("a\nb", "QUOTE_SINGLE")).toBe('"a\\nb"');
    expect(renderText('say "x"', "QUOTE_SINGLE")).toBe('"say \\"x\\""');
    expect(renderText("it's", "PLAIN")).toBe('"it\'s"');
    expect(renderText("fast", "QUOTE_DOUBLE")).toBe('"fast"');
    expect(renderText("fast", undefined)).toBe('"fast"');
  });
});
