import { describe, expect, it } from "vitest";
import { decideResults } from "../../src/tree/decide-results.ts";
import { type MeasuredSource, parseMeasurement } from "../../src/tree/measurement.ts";

const accuracy = { metric: "accuracy", direction: "maximize" } as const;
const ms = { metric: "ms", direction: "minimize" } as const;

function source(
  name: string,
  values: Readonly<Record<string, string>>,
  more: Partial<MeasuredSource> = {},
): MeasuredSource {
  const read = Object.entries(values).map(
    ([key, text]) => [key, parseMeasurement(text) ?? { value: Number.NaN, text }] as const,
  );
  return { name, values: new Map(read), ...more };
}

describe("decideResults", () => {
  it("takes each metric from the first source that has it; only objectives become results", () => {
    const sources = [source("a", { loss: "1", accuracy: "0.9" }), source("b", { loss: "2", extra: "3" })];
    expect(decideResults(sources, [accuracy])).toEqual({
      results: {
        ...{ primary_metric: "accuracy", primary_value: 0.9, direction: "maximize" },
        metrics: { loss: 1, extra: 3 },
      },
      origins: [{ metric: "accuracy", source: "a" }],
    });
  });

  it("makes several objectives of those that were measured; the first one decides and has to be there", () => {
    const both = decideResults([source("a", { ms: "3" }), source("b", { accuracy: "0.9" })], [accuracy, ms]);
    expect(both.results).toEqual({
      objectives: [
        { metric: "accuracy", value: 0.9, direction: "maximize" },
        { metric: "ms", value: 3, direction: "minimize" },
      ],
      primary_index: 0,
    });
    expect(decideResults([source("a", { accuracy: "0.9" })], [accuracy, ms]).results).toMatchObject({
      primary_value: 0.9,
    });
    expect(() => decideResults([source("a", { ms: "3" })], [accuracy, ms])).toThrow(
      "accuracy was not measured; there is ms",
    );
  });

  it("goes by what a source declares, all of it, with its samples", () => {
    const declared = [{ ...ms, samples: [1, 3] }, accuracy];
    const own = source("file", { ms: "2", accuracy: "0.9" }, { declared, primaryIndex: 1 });
    expect(decideResults([own], []).results).toEqual({
      objectives: [
        { metric: "ms", value: 2, direction: "minimize", samples: [1, 3] },
        { metric: "accuracy", value: 0.9, direction: "maximize" },
      ],
      primary_index: 1,
    });
  });

  it("knows nothing where nobody says what is measured", () => {
    expect(() => decideResults([source("a", { x: "1" })], [])).toThrow("It is not known what is measured");
  });

  it("is no guess where two sources disagree on an objective; on another metric the first one counts", () => {
    const disagree = [source("a", { accuracy: "0.4", x: "1" }), source("b", { accuracy: "0.5", x: "2" })];
    expect(() => decideResults(disagree, [accuracy])).toThrow("accuracy is 0.4 in a, and 0.5 in b");
    expect(
      decideResults([source("a", { accuracy: "0.4", x: "1" }), source("b", { x: "2" })], [accuracy]).results.metrics,
    ).toEqual({ x: 1 });
  });

  it.each(["nan", "inf", "n/a"])("refuses %s as an objective, and leaves it out as another metric", (text) => {
    expect(() => decideResults([source("a", { accuracy: text })], [accuracy])).toThrow(`accuracy is ${text} in a`);
    expect(decideResults([source("a", { accuracy: "1", x: text })], [accuracy]).results).not.toHaveProperty("metrics");
  });
});
