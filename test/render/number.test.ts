import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { colorChange, renderBytes, renderChange, renderDuration, renderValue } from "../../src/render/number.ts";

const theme = createTheme({ level: 1, unicode: true });

describe("renderValue", () => {
  it.each([
    [0.92, "0.92"],
    [15.3, "15.3"],
    [1 / 3, "0.333333"],
    [0.1 + 0.2, "0.3"],
    [1, "1"],
    [0, "0"],
    [-0, "0"],
    [-1.5, "-1.5"],
    [1e-7, "1e-7"],
    [1e21, "1e+21"],
    [123456, "123456"],
  ])("shows %d as %s", (value, shown) => {
    expect(renderValue(value)).toBe(shown);
  });

  it("shows nothing, not 0, for a missing value", () => {
    expect(renderValue(undefined)).toBe("");
  });

  it("is short and reads back as nearly the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (value) => {
        const shown = renderValue(value);
        expect(shown.length).toBeLessThanOrEqual(17);
        expect(Math.abs(Number(shown) - value)).toBeLessThanOrEqual(Math.abs(value) * 5.1e-6);
      }),
    );
  });
});

describe("renderChange", () => {
  it.each([
    [0.0253, "+0.0253"],
    [-0.0253, "-0.0253"],
    [0.123456, "+0.123"],
    [0, "="],
    [-0, "="],
    [12, "+12"],
    [1e-9, "+1e-9"],
  ])("shows %d as %s", (change, shown) => {
    expect(renderChange(change)).toBe(shown);
  });

  it("shows nothing for an unknown change", () => {
    expect(renderChange(undefined)).toBe("");
  });
});

describe("colorChange", () => {
  it.each([
    ["a rise when maximizing", 0.1, "maximize", "good"],
    ["a fall when maximizing", -0.1, "maximize", "bad"],
    ["a rise when minimizing", 0.1, "minimize", "bad"],
    ["a fall when minimizing", -0.1, "minimize", "good"],
  ] as const)("paints %s", (_, change, direction, color) => {
    expect(colorChange("x", change, direction, theme)).toBe(theme[color]("x"));
    expect(theme[color]("x")).not.toBe("x");
  });

  it("leaves no change and an unknown one uncoloured", () => {
    expect(colorChange("=", 0, "maximize", theme)).toBe("=");
    expect(colorChange("", undefined, "minimize", theme)).toBe("");
  });
});

describe("renderDuration", () => {
  it.each([
    [0.012, "0 s"],
    [0.84, "0.8 s"],
    [9.94, "9.9 s"],
    [12.4, "12 s"],
    [60, "1 min"],
    [200, "3 min 20 s"],
    [3600, "1 h"],
    [7500, "2 h 5 min"],
  ])("shows %d as %s", (seconds, shown) => {
    expect(renderDuration(seconds)).toBe(shown);
  });
});

describe("renderBytes", () => {
  it.each([
    [0, "0 B"],
    [1, "1 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [1024 ** 2, "1.0 MiB"],
    [1.4 * 1024 ** 2, "1.4 MiB"],
    [3 * 1024 ** 3, "3.0 GiB"],
    [2 * 1024 ** 4, "2.0 TiB"],
    [5000 * 1024 ** 4, "5000.0 TiB"],
  ])("shows %d as %s", (bytes, shown) => {
    expect(renderBytes(bytes)).toBe(shown);
  });

  it("takes the next unit where rounding reaches it", () => {
    expect(renderBytes(1024 ** 2 - 1)).toBe("1.0 MiB");
  });
});
