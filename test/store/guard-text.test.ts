import { describe, expect, it } from "vitest";
import { guardText } from "../../src/store/guard-text.ts";

const refuses = (text: string) => expect(() => guardText(text, "t.yaml"));

describe("guardText", () => {
  const stairs = (steps: number) => Array.from({ length: steps }, (_, depth) => `${" ".repeat(depth)}k:\n`).join("");

  it.each([
    ["brackets", (depth: number) => "[".repeat(depth)],
    ["braces", (depth: number) => "{".repeat(depth)],
    ["dashes", (depth: number) => `${"- ".repeat(depth)}a\n`],
    ["question marks", (depth: number) => `${"? ".repeat(depth)}a\n`],
    ["indentation", (depth: number) => stairs(depth + 1)],
    ["mappings on one line", (depth: number) => `${"a: ".repeat(depth)}b\n`],
    ["mappings on one line in brackets", (depth: number) => `[${"a: ".repeat(depth)}b]\n`],
    ["mappings over several lines in brackets", (depth: number) => `- {${"a:\n ".repeat(depth)}b}\n`],
    ["indentation and brackets", (depth: number) => `${stairs(41)} ${" ".repeat(40)}${"[".repeat(depth - 41)}`],
  ])("allows 64 levels of %s and refuses one more", (_, nested) => {
    expect(() => guardText(nested(64), "t.yaml")).not.toThrow();
    refuses(nested(65)).toThrow(/^t\.yaml:\d+:\d+: nested more than 64 deep\n {2}\d+ \| /);
  });

  it.each([
    ["brackets that close again", "- [a, [b]]\n- {c: {}}\n".repeat(100)],
    ["steps that ended before the brackets begin", `${stairs(40)}x: ${"[".repeat(40)}`],
    ["dashes on lines of their own", "- a\n".repeat(100)],
    ["dashes on lines that end in CRLF", "- a\r\n".repeat(100)],
    ["steps that come back to the margin", `${stairs(50)}x: 1\n`.repeat(5)],
    ["steps that go half the way back", `${stairs(40)}${" ".repeat(20)}${"k:\n"}`.repeat(5)],
    ["brackets in a quoted text", `x: "${"[".repeat(100)}"\n`],
    ["pairs beside each other in braces", `x: {${"a: b, ".repeat(100)}}\n`],
    ["pairs beside each other in braces over several lines", `x: {\n${"  a: b,\n".repeat(100)}}\n`],
    ["mappings that close again in brackets", `x: [${"{a: b} ,".repeat(100)}]\n`],
    ["mappings on lines of their own", "a: b\n".repeat(100)],
    ["brackets in a comment", `# ${"[".repeat(100)}\n`],
  ])("does not count %s", (_, text) => {
    expect(() => guardText(text, "t.yaml")).not.toThrow();
  });

  it("is not deceived by brackets that close what was never opened", () => {
    refuses(`x: a\ny: ${"]".repeat(50)}${"[".repeat(65)}`).toThrow("nested more than 64 deep");
  });

  it("allows two million tokens and refuses one more, with what to do", () => {
    // A line has four: dash, blank, text, line break. The lexer's own marks do not count.
    const text = "- a\n".repeat(500_000);
    expect(() => guardText(text, "t.yaml")).not.toThrow();
    refuses(`${text}-`).toThrow(
      expect.objectContaining({
        message: "t.yaml:500001:2: more values than can be read\n  500001 | -",
        hint: "Move old nodes to another tree file.",
      }),
    );
  });

  it("says where it gets too deep, shows the line, and what to do", () => {
    refuses(`x: 1\ny: ${"[".repeat(70)}`).toThrow(
      expect.objectContaining({
        message: `t.yaml:2:69: nested more than 64 deep\n  2 | ${"[".repeat(64)}`,
        hint: "Flatten this part of the file.",
        exitCode: 5,
      }),
    );
  });

  it.each([
    ["a: \x07", 4, "U+0007", "\\u0007"],
    ["a: \x7f", 4, "U+007F", "\\u007f"],
    ["a: x\x1b[0m", 5, "U+001B", "\\u001b"],
    ["a: \uffff", 4, "U+FFFF", "\\uffff"],
  ])("refuses %j, as PyYAML does, and says how to write it", (text, column, name, escaped) => {
    refuses(`b: 1\n${text}`).toThrow(
      expect.objectContaining({
        message: `t.yaml:2:${column}: the character ${name}, which may not stand in YAML\n  2 | ${text}`,
        hint: `Delete it, or write it as "${escaped}" in double quotes.`,
      }),
    );
  });

  it("allows what YAML allows: tabs, line breaks of any kind, BOM, emoji", () => {
    expect(() => guardText("\ufeffa: \tb\r\nc: \x85\u2028\u{1f600}\ue000\ufffd\n", "t.yaml")).not.toThrow();
  });

  it("allows 16 MB and refuses a byte more, with what to do", () => {
    const text = `#${"x".repeat(16 * 1024 * 1024 - 1)}`;
    expect(() => guardText(text, "t.yaml")).not.toThrow();
    refuses(`${text}x`).toThrow(
      expect.objectContaining({
        message: "t.yaml:1:1: the file is larger than 16 MB",
        hint: expect.stringMatching(/^Move old nodes to another tree file; or .* undo --to N$/),
      }),
    );
  });
});
