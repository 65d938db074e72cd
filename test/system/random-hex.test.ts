import { describe, expect, it } from "vitest";
import { randomHex } from "../../src/system/random-hex.ts";

describe("randomHex", () => {
  it.each([1, 6, 8, 16, 33])("has %i digits", (digits) => {
    expect(randomHex(digits)).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
  });

  it("is another one each time", () => {
    expect(new Set(Array.from({ length: 10_000 }, () => randomHex(16))).size).toBe(10_000);
  });
});
