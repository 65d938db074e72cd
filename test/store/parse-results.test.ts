import { describe, expect, it } from "vitest";
import { parseResultsText } from "../../src/store/parse-results.ts";

describe("parseResultsText", () => {
  it("reads YAML and JSON, each field by what it means", () => {
    const results = { primary_metric: "1", primary_value: 1e-4, direction: "maximize", metrics: { loss: 1e3 } };
    expect(
      parseResultsText("primary_metric: 1\nprimary_value: 1e-4\ndirection: maximize\nmetrics: {loss: 1e3}\n", "r"),
    ).toEqual(results);
    expect(parseResultsText(JSON.stringify(results), "r")).toEqual(results);
  });

  it("reads several objectives", () => {
    const text = "objectives: [{metric: on, value: 1e1, direction: minimize, samples: [5e0, 15]}]\n";
    expect(parseResultsText(text, "r")).toEqual({
      objectives: [{ metric: "on", value: 10, direction: "minimize", samples: [5, 15] }],
      primary_index: 0,
    });
  });

  it("names each problem with its place, and shows what results look like", () => {
    expect(() => parseResultsText("primary_metric: m\nprimary_value: high\ndirection: up\n", "r.yaml")).toThrow(
      expect.objectContaining({
        code: "invalid-results",
        exitCode: 5,
        message: expect.stringMatching(/^r\.yaml:2:16: primary_value: .*\n.*\nr\.yaml:3:12: direction: /),
        hint: expect.stringContaining("primary_metric: accuracy"),
      }),
    );
  });

  it("refuses what is no YAML as results, with its place", () => {
    expect(() => parseResultsText("a: 1\na: 2\n", "r.yaml")).toThrow(
      expect.objectContaining({
        code: "invalid-results",
        message: "r.yaml:2:1: this key stands twice in the same mapping\n  2 | a: 2",
      }),
    );
  });

  it("names the whole text when it is no mapping", () => {
    expect(() => parseResultsText("accuracy\n", "r")).toThrow(
      /^r:1:1: expected a mapping, received the text "accuracy"/,
    );
  });

  it("passes on what to do about a merge conflict", () => {
    expect(() => parseResultsText("<<<<<<< a\n>>>>>>> b\n", "r")).toThrow(
      expect.objectContaining({ code: "invalid-results", hint: expect.stringMatching(/^Resolve it: /) }),
    );
  });
});
