import { describe, expect, it } from "vitest";
import { parseDuration } from "../../src/tree/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["90", 90],
    ["0.5", 0.5],
    ["90s", 90],
    ["1.5m", 90],
    ["10m", 600],
    ["1h30m", 5_400],
    ["2d", 172_800],
  ])("reads %s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "0", "0s", "-1", "soon", "10x", "10 m", "m10", "1h 30m", "1e3", "99999999999", "1h30"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});
