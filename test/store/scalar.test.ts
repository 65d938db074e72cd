import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlainSafe, quote, renderNumber, renderText, resolveNumber, resolvePlain } from "../../src/store/scalar.ts";
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

  it("leaves what is no number as text, and null as null", () => {
    for (const text of ["0.9.1", "nan", "1e", "yes", "0.92%"])
      expect(resolveNumber(text)).toBe(text === "yes" ? "yes" : text);
    expect(resolveNumber("~")).toBeNull();
  });
});

describe("writing", () => {
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
    expect(renderText("fast", undefined)).toBe('"fast"');
  });
});
