import { describe, expect, it } from "vitest";
import { compareAgain } from "../../src/tree/reproduction.ts";
import { parseResults } from "../../src/tree/results-schema.ts";

const single = (value: number, samples?: readonly number[]) =>
  parseResults({ primary_metric: "m", primary_value: value, direction: "maximize", ...(samples && { samples }) });

describe("compareAgain", () => {
  it("wants the same value where nothing is known of the noise", () => {
    expect(compareAgain(single(0.8), [single(0.8)])).toMatchObject([{ difference: 0, isReproduced: true }]);
    expect(compareAgain(single(0.8), [single(0.8 + 1e-12)])).toMatchObject([{ isReproduced: true }]);
    expect(compareAgain(single(0.8), [single(0.8001)])).toMatchObject([{ isReproduced: false }]);
    expect(compareAgain(single(0), [single(0)])).toMatchObject([{ isReproduced: true }]);
  });

  it("allows two standard deviations of the difference of the means", () => {
    // s = 0.02, so of one run 2 * 0.02 * sqrt(1/3 + 1)
    const recorded = single(0, [0.7, 0.72, 0.74]);
    expect(compareAgain(recorded, [single(0.72)])[0]?.allowed).toBeCloseTo(0.046188, 6);
    expect(compareAgain(recorded, [single(0.76)])[0]?.isReproduced).toBe(true);
    expect(compareAgain(recorded, [single(0.77)])[0]?.isReproduced).toBe(false);
    expect(compareAgain(recorded, [single(0.76), single(0.76)])[0]?.isReproduced).toBe(false);
  });

  it("goes by the tolerance that is given, the bound included", () => {
    expect(compareAgain(single(0.8), [single(0.7)], 0.1)[0]?.isReproduced).toBe(true);
    expect(compareAgain(single(0.8), [single(0.7)], 0.09)[0]?.isReproduced).toBe(false);
  });

  it("reproduces nothing that was not measured", () => {
    const other = parseResults({ primary_metric: "x", primary_value: 0.8, direction: "maximize" });
    expect(compareAgain(single(0.8), [other], 10)[0]?.isReproduced).toBe(false);
    const turned = parseResults({ primary_metric: "m", primary_value: 0.8, direction: "minimize" });
    expect(compareAgain(single(0.8), [turned], 10)[0]?.isReproduced).toBe(false);
  });
});
