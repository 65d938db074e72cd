import { describe, expect, it } from "vitest";
import { invalidAt, placeAt } from "../../src/store/place.ts";

describe("placeAt", () => {
  it("counts lines and columns from 1", () => {
    expect(placeAt("ab\ncd", 0)).toEqual({ line: 1, column: 1 });
    expect(placeAt("ab\ncd", 2)).toEqual({ line: 1, column: 3 });
    expect(placeAt("ab\r\ncd", 5)).toEqual({ line: 2, column: 2 });
  });

  it("does not count a byte order mark, which no editor shows", () => {
    expect(placeAt("\ufeffab\ncd", 2)).toEqual({ line: 1, column: 2 });
    expect(placeAt("\ufeffab\ncd", 5)).toEqual({ line: 2, column: 2 });
  });
});

describe("invalidAt", () => {
  it("shows the line without its end", () => {
    expect(invalidAt("a: 1\r\nb: x\r\n", "t.yaml", 9, "wrong", "Mend it.")).toMatchObject({
      message: "t.yaml:2:4: wrong\n  2 | b: x",
      hint: "Mend it.",
      exitCode: 5,
    });
  });

  it("names the end of the last line that is not empty where the text ended too early", () => {
    expect(invalidAt("a: [1,\n\n", "t.yaml", 8, "wrong").message).toBe("t.yaml:1:7: wrong\n  1 | a: [1,");
    expect(invalidAt("\n", "t.yaml", 99, "wrong").message).toBe("t.yaml:2:1: wrong\n  2 | ");
  });

  it("shows a hundred characters around the place", () => {
    const text = `${"x".repeat(100)}!${"y".repeat(100)}`;
    expect(invalidAt(text, "t.yaml", 100, "wrong").message).toBe(
      `t.yaml:1:101: wrong\n  1 | ${"x".repeat(59)}!${"y".repeat(40)}`,
    );
  });
});
