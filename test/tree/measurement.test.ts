import { describe, expect, it } from "vitest";
import { agrees, parseMeasurement } from "../../src/tree/measurement.ts";

const measured = (text: string) => parseMeasurement(text) ?? { value: Number.NaN, text: "no number" };

describe("parseMeasurement", () => {
  it.each([
    ["0.92", 0.92],
    ["-3", -3],
    ["+1.", 1],
    [".5", 0.5],
    ["1e-3", 0.001],
    ["2E+05", 200_000],
    ["nan", Number.NaN],
    ["-NaN", Number.NaN],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
  ])("reads %s", (text, value) => {
    expect(parseMeasurement(text)).toEqual({ value, text });
  });

  it.each(["", "x", "1,5", "92%", "0x10", "1_000", "1 2", "--1", "e5", ".", "1e"])("takes %j for no number", (text) => {
    expect(parseMeasurement(text)).toBeUndefined();
  });
});

describe("agrees", () => {
  it.each([
    ["0.93", "0.9312"],
    ["0.9312", "0.93"],
    ["0.1", "0.10"],
    ["0.92", "0.9234"],
    ["1e-3", "0.001"],
    ["1.5e2", "151"],
    ["0.125", "0.12"],
    ["0.125", "0.13"],
    ["nan", "NaN"],
    ["inf", "Infinity"],
  ])("holds %s for %s", (a, b) => {
    expect(agrees(measured(a), measured(b))).toBe(true);
  });

  it.each([
    ["0.4", "0.5"],
    ["0.9", "0.94"],
    ["0.0", "0.04"],
    ["0.93", "0.9249"],
    ["0.93", "0.936"],
    ["1", "1.2"],
    ["nan", "0.5"],
    ["inf", "-inf"],
    ["-0.5", "0.5"],
  ])("does not hold %s for %s", (a, b) => {
    expect(agrees(measured(a), measured(b))).toBe(false);
    expect(agrees(measured(b), measured(a))).toBe(false);
  });
});
