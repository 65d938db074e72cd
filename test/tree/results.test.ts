import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendSamples, findObjective, objectivesOf, primaryOf } from "../../src/tree/results.ts";
import { parseResults } from "../../src/tree/results-schema.ts";

const single = { primary_metric: "accuracy", primary_value: 0.92, direction: "maximize" };
const several = {
  objectives: [
    { metric: "accuracy", value: 0.92, direction: "maximize" },
    { metric: "latency_ms", value: 15.3, direction: "minimize" },
  ],
  primary_index: 1,
};
const sampled = (...samples: readonly number[]) =>
  parseResults({ primary_metric: "accuracy", direction: "maximize", samples });
const invalid = (message: string | RegExp) =>
  expect.objectContaining({
    code: "invalid-results",
    exitCode: 5,
    message: expect.stringMatching(message),
    hint: expect.stringContaining("primary_metric: accuracy"),
  });

describe("parseResults", () => {
  it("reads the two forms of the reference as they stand", () => {
    expect(parseResults(single)).toEqual(single);
    expect(parseResults(several)).toEqual(several);
  });

  it("takes the first objective for the primary one when none is named", () => {
    expect(parseResults({ objectives: several.objectives })).toMatchObject({ primary_index: 0 });
  });

  it("keeps metrics that are no objective, and unknown keys at every level", () => {
    const extra = { ...single, metrics: { memory: 3, "top-5": 0 }, host: "h" };
    expect(parseResults(extra)).toEqual(extra);
    const inner = { ...several, objectives: several.objectives.map((each) => ({ ...each, unit: "u" })), seed: 7 };
    expect(parseResults(inner)).toEqual(inner);
  });

  it.each([0, -0, -5, 1e-300, 1.7e308])("accepts the value %d", (value) => {
    const results = parseResults({ ...single, primary_value: value });
    expect(primaryOf(results).value).toBe(value);
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ['the text "0.92"', "0.92"],
    ['the text "NaN"', "NaN"],
    ["null", null],
    ["true", true],
    ["a list [0.92]", [0.92]],
  ])("refuses %s as a value, and says so", (received, value) => {
    const message = `expected a finite number, received ${received}`.replaceAll(/[[\].]/g, "\\$&");
    expect(() => parseResults({ ...single, primary_value: value })).toThrow(invalid(`^primary_value: ${message}$`));
    expect(() => parseResults({ objectives: [{ metric: "a", value, direction: "maximize" }] })).toThrow(
      invalid(`^objectives\\[0\\]\\.value: ${message}$`),
    );
    expect(() => parseResults({ ...single, samples: [1, value] })).toThrow(invalid(`^samples\\[1\\]: ${message}$`));
    expect(() => parseResults({ ...single, metrics: { memory: value } })).toThrow(
      invalid(`^metrics\\.memory: ${message}$`),
    );
  });

  it("refuses a missing value instead of taking it for 0", () => {
    const { primary_value: _, ...rest } = single;
    expect(() => parseResults(rest)).toThrow(invalid(/^primary_value: a number is missing, received nothing$/));
    expect(() => parseResults({ objectives: [{ metric: "a", direction: "maximize" }] })).toThrow(
      invalid(/^objectives\[0\]\.value: a number is missing, received nothing$/),
    );
  });

  it.each([
    ["no metric", { ...single, primary_metric: undefined }, /^primary_metric: text is missing/],
    ["an empty metric", { ...single, primary_metric: "" }, /^primary_metric: a metric needs a name/],
    ["an unknown direction", { ...single, direction: "max" }, /^direction: expected 'maximize' or 'minimize'.*"max"/],
    ["no direction", { ...single, direction: undefined }, /^direction: .*received nothing/],
    ["no samples in a list", { ...single, samples: [] }, /^samples: expected at least one sample/],
    ["no objectives in a list", { objectives: [] }, /^objectives: expected at least one objective/],
    ["an index beyond the objectives", { ...several, primary_index: 2 }, /^primary_index: expected an index below 2/],
    ["a negative index", { ...several, primary_index: -1 }, /^primary_index: expected an index from 0/],
    ["text", "accuracy=0.92", /^results: expected a mapping, received the text/],
    ["null", null, /^results: expected a mapping, received null/],
    ["nothing", undefined, /^results: .*received nothing/],
    ["a number", 0.92, /^results: expected a mapping, received 0.92/],
    ["a list", [single], /^results: expected a mapping, received a list/],
  ])("refuses %s", (_, data, message) => {
    expect(() => parseResults(data)).toThrow(invalid(message));
  });

  it("refuses the same metric twice", () => {
    const twice = { objectives: [several.objectives[0], several.objectives[0]] };
    expect(() => parseResults(twice)).toThrow(invalid(/^objectives\[1\]\.metric: expected each metric once/));
  });

  it("tells every problem, one a line", () => {
    expect(() => parseResults({ primary_metric: 7, primary_value: "x" })).toThrow(
      invalid(/^primary_metric: .*\nprimary_value: .*\ndirection: .*$/),
    );
  });

  it.each([
    ["primary_index", 0.5, /^primary_index: expected a whole number, received 0\.5$/],
    ["primary_index", "1", /^primary_index: expected a whole number, received the text "1"$/],
    ["metrics", { memory: "x" }, /^metrics\.memory: expected a finite number, received the text "x"$/],
  ])("says what is wrong with %s beside several objectives", (key, value, message) => {
    expect(() => parseResults({ ...several, [key]: value })).toThrow(invalid(message));
  });

  it("checks the objectives also when a primary metric stands beside them", () => {
    const objectives = [{ metric: "a", value: "text", direction: "maximize" }];
    expect(() => parseResults({ ...single, objectives })).toThrow(invalid(/objectives/));
    expect(() => parseResults({ ...single, objectives: [] })).toThrow(invalid(/objectives/));
  });

  it("has a primary objective in whatever it accepts", () => {
    const part = fc.option(fc.constantFrom<unknown>([], [{}], several.objectives, 0, "x", null), { nil: undefined });
    fc.assert(
      fc.property(part, fc.option(fc.nat({ max: 2 }), { nil: undefined }), (objectives, primary_index) => {
        let results: ReturnType<typeof parseResults>;
        try {
          results = parseResults({ ...single, objectives, primary_index });
        } catch {
          return;
        }
        expect(Number.isFinite(primaryOf(results).value)).toBe(true);
      }),
    );
  });
});

describe("samples", () => {
  it("make the value their mean, whatever value is given", () => {
    expect(primaryOf(parseResults({ ...single, samples: [1, 2, 6] })).value).toBeCloseTo(3, 12);
    const many = { metric: "a", value: 99, direction: "maximize", samples: [0.5, 1] };
    expect(parseResults({ objectives: [many] })).toMatchObject({ objectives: [{ value: 0.75 }] });
  });

  it("may stand for the value", () => {
    expect(primaryOf(sampled(0.25, 0.75))).toMatchObject({ value: 0.5, samples: [0.25, 0.75] });
  });

  it("do not overflow when they are large", () => {
    expect(primaryOf(sampled(1.5e308, 1.5e308)).value).toBe(1.5e308);
  });

  it("whose sum overflows have the mean of their shares", () => {
    expect(primaryOf(sampled(1.5e308, 1e308)).value).toBe(1.25e308);
  });

  it("have a mean between the least and the greatest, but for the last digits", () => {
    const sample = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 20 }), (samples) => {
        const { value } = primaryOf(sampled(...samples));
        const slack = 1e-300 + 1e-12 * Math.max(...samples.map(Math.abs));
        expect(value).toBeGreaterThanOrEqual(Math.min(...samples) - slack);
        expect(value).toBeLessThanOrEqual(Math.max(...samples) + slack);
        const mean = samples.reduce((sum, each) => sum + each, 0) / samples.length;
        expect(Math.abs(value - mean)).toBeLessThanOrEqual(slack);
      }),
    );
  });

  it("that are all equal have that value as their mean", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 12 }), (each, n) => {
        expect(primaryOf(sampled(...Array<number>(n).fill(each))).value + 0).toBe(each + 0);
      }),
    );
  });

  it("have the mean that a person expects", () => {
    expect(primaryOf(sampled(0.9, 0.8, 0.7)).value).toBe(0.8);
  });
});

describe("objectivesOf, primaryOf and findObjective", () => {
  it("read the single form as one objective", () => {
    expect(objectivesOf(parseResults(single))).toEqual([{ metric: "accuracy", value: 0.92, direction: "maximize" }]);
    expect(primaryOf(parseResults(single)).metric).toBe("accuracy");
  });

  it("read several objectives in their order, the primary one by its index", () => {
    expect(objectivesOf(parseResults(several)).map(({ metric }) => metric)).toEqual(["accuracy", "latency_ms"]);
    expect(primaryOf(parseResults(several))).toEqual({ metric: "latency_ms", value: 15.3, direction: "minimize" });
  });

  it("find an objective by its name, exactly written", () => {
    expect(findObjective(parseResults(several), "accuracy")?.value).toBe(0.92);
    expect(findObjective(parseResults(several), "Accuracy")).toBeUndefined();
  });

  it("find nothing, never 0, in no results or among other metrics", () => {
    expect(findObjective(null, "accuracy")).toBeUndefined();
    expect(findObjective(parseResults({ ...single, metrics: { memory: 1 } }), "memory")).toBeUndefined();
  });
});

describe("appendSamples", () => {
  it("makes two single values two samples with their mean", () => {
    expect(appendSamples(parseResults({ ...single, primary_value: 0.5 }), parseResults(single))).toMatchObject({
      samples: [0.5, 0.92],
      primary_value: 0.71,
    });
  });

  it("keeps the order in which samples came", () => {
    expect(appendSamples(sampled(3, 1), sampled(2, 9))).toMatchObject({ samples: [3, 1, 2, 9] });
  });

  it("joins several objectives by name, whatever their order, and keeps the rest of the record", () => {
    const added = parseResults({ objectives: several.objectives.toReversed() });
    const joined = appendSamples(parseResults({ ...several, seed: 7 }), added);
    expect(joined).toMatchObject({
      primary_index: 1,
      seed: 7,
      objectives: [
        { metric: "accuracy", samples: [0.92, 0.92] },
        { metric: "latency_ms", samples: [15.3, 15.3] },
      ],
    });
  });

  it("keeps metrics that come with the new samples", () => {
    const added = parseResults({ ...single, metrics: { memory: 3 } });
    expect(appendSamples(parseResults(single), added)).toMatchObject({ metrics: { memory: 3 } });
  });

  it.each([
    ["another metric", { ...single, primary_metric: "f1" }],
    ["the other direction", { ...single, direction: "minimize" }],
    ["one objective more", several],
  ])("refuses %s", (_, added) => {
    expect(() => appendSamples(parseResults(single), parseResults(added))).toThrow(
      expect.objectContaining({ exitCode: 5, message: expect.stringContaining("Cannot append") }),
    );
  });

  it("says what was expected, what came, and what to do", () => {
    expect(() => appendSamples(parseResults(single), parseResults({ ...single, direction: "minimize" }))).toThrow(
      expect.objectContaining({
        message: "Cannot append: expected accuracy (maximize), received accuracy (minimize)",
        hint: "Give every recorded objective, or record without --append to replace the results.",
      }),
    );
    const other = { objectives: [several.objectives[0], { metric: "f1", value: 1, direction: "maximize" }] };
    expect(() => appendSamples(parseResults(single), parseResults(other))).toThrow(
      expect.objectContaining({
        message: "Cannot append: 'f1' is not among the recorded objectives",
        hint: "Record without --append to replace the results.",
      }),
    );
  });

  it("takes the latest word of what is neither objective nor metric, and joins the metrics", () => {
    const old = parseResults({ ...single, primary_value: 0.5, metrics: { a: 1, b: 1 }, seed: 1, host: "h" });
    const added = parseResults({ ...single, primary_value: 1, metrics: { b: 2 }, seed: 2 });
    expect(appendSamples(old, added)).toEqual({
      ...single,
      primary_value: 0.75,
      samples: [0.5, 1],
      metrics: { a: 1, b: 2 },
      seed: 2,
      host: "h",
    });
    const one = { objectives: [{ ...several.objectives[0], value: 1 }] };
    expect(Object.keys(appendSamples(old, parseResults(one)))).not.toContain("objectives");
    expect(appendSamples(parseResults(several), parseResults({ ...several, primary_index: 0 }))).toMatchObject({
      primary_index: 1,
    });
  });

  it("refuses to leave a recorded objective without a sample", () => {
    expect(() => appendSamples(parseResults(several), parseResults(single))).toThrow(/expected latency_ms/);
  });

  it("adds up to the same samples and a mean of all, however they are divided", () => {
    const sample = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const some = fc.array(sample, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        const left = appendSamples(appendSamples(sampled(...a), sampled(...b)), sampled(...c));
        const right = appendSamples(sampled(...a), appendSamples(sampled(...b), sampled(...c)));
        expect(left).toEqual(right);
        expect(left).toEqual(sampled(...a, ...b, ...c));
      }),
    );
  });
});
