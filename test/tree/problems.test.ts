import { describe, expect, it } from "vitest";
import * as z from "zod";
import { problemsOf, showPath } from "../../src/tree/problems.ts";
import { resultsSchema } from "../../src/tree/results-schema.ts";
import { nodeSchema } from "../../src/tree/tree-schema.ts";

/** `path: message` of every problem. */
function problems(schema: z.core.$ZodType, input: unknown): readonly string[] {
  const parsed = z.safeParse(schema, input);
  if (parsed.success) throw new Error("the input is valid");
  return problemsOf(parsed.error, input).map(({ path, message }) => `${showPath(path)}: ${message}`);
}

describe("problemsOf", () => {
  it("names the field, what is expected and what was received", () => {
    expect(problems(nodeSchema, { node_id: "a", description: 7 })).toEqual(["description: expected text, received 7"]);
  });

  it("lists the words that a field may hold, and quotes the text received", () => {
    expect(problems(nodeSchema, { node_id: "a", status: "done" })).toEqual([
      "status: expected 'pending' or 'running' or 'waiting' or 'completed' or 'failed' or 'pruned', received the text \"done\"",
    ]);
  });

  it("tells a missing field from a wrong one", () => {
    expect(problems(nodeSchema, {})).toEqual(["node_id: text is missing, received nothing"]);
    expect(problems(nodeSchema, { node_id: null })).toEqual(["node_id: expected text, received null"]);
  });

  it("takes a key that every object inherits for missing", () => {
    expect(problems(z.object({ constructor: z.string() }), {})).toEqual([
      "constructor: text is missing, received nothing",
    ]);
  });

  it.each([
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    ["0.92", 'the text "0.92"'],
    [true, "true"],
    [[1], "a list [1]"],
    [{ a: 1 }, 'a mapping {"a":1}'],
  ])("says what %j is where a finite number is expected", (value, shown) => {
    expect(problems(z.object({ loss: z.number() }), { loss: value })).toEqual([
      `loss: expected a finite number, received ${shown}`,
    ]);
  });

  it.each([
    ["a list", z.array(z.string()), "x"],
    ["a mapping", z.object({}), "x"],
    ["a mapping", z.object({}), [1]],
    ["a whole number", z.int(), 0.5],
  ])("calls it %s in words that are not a parser's", (words, schema, input) => {
    expect(problems(schema, input)[0]).toContain(`expected ${words}, received `);
  });

  it("cuts what it received when it is long", () => {
    const [text, list] = problems(z.tuple([z.number(), z.number()]), ["x".repeat(5_000), Array(5_000).fill(1)]);
    expect(text?.length).toBeLessThan(150);
    expect(list?.length).toBeLessThan(150);
  });

  it("shows big integers inside a list", () => {
    expect(problems(z.number(), [1n])).toEqual([expect.stringContaining("a list")]);
  });

  it.each([
    ["a big integer", 12n, "received 12"],
    ["nothing", null, "received null"],
    ["a list that is long", Array(40).fill(1), `received a list [${"1,".repeat(28)}...`],
  ])("shows %s that it received", (_, value, shown) => {
    expect(problems(z.string(), value)[0]).toContain(shown);
  });

  it("keeps sixty characters and cuts the sixty-first", () => {
    expect(problems(z.number(), "x".repeat(60))).toEqual([
      `: expected a finite number, received the text "${"x".repeat(60)}"`,
    ]);
    expect(problems(z.number(), "x".repeat(61))).toEqual([
      `: expected a finite number, received the text "${"x".repeat(57)}..."`,
    ]);
  });

  it("tells a missing number and a missing value inside of what is no mapping", () => {
    expect(problems(z.object({ n: z.number() }), {})).toEqual(["n: a number is missing, received nothing"]);
    expect(problems(z.object({ a: z.date() }), { a: 1 })[0]).toContain("a: expected date, received 1");
  });

  it("quotes control characters that it received", () => {
    expect(problems(z.number(), "\u001b[31m")).toEqual([': expected a finite number, received the text "\\u001b[31m"']);
  });

  it("tells several problems in one value", () => {
    expect(problems(nodeSchema, { node_id: 1, command: 2 })).toHaveLength(2);
  });

  it("takes results with objectives for the form with several", () => {
    const input = { objectives: [{ metric: "a", value: "x", direction: "maximize" }] };
    expect(problems(resultsSchema, input)).toEqual([
      'objectives[0].value: expected a finite number, received the text "x"',
    ]);
  });

  it("takes results without objectives for the single form", () => {
    expect(problems(resultsSchema, { primary_metric: "a", primary_value: 1 })).toEqual([
      "direction: expected 'maximize' or 'minimize', received nothing",
    ]);
  });
});

describe("showPath", () => {
  it.each([
    [[], ""],
    [["results"], "results"],
    [["results", "objectives", 1, "value"], "results.objectives[1].value"],
    [["nodes", 0], "nodes[0]"],
    [["nodes", "a", "status"], "nodes.a.status"],
  ])("writes %j as %j", (path, shown) => {
    expect(showPath(path)).toBe(shown);
  });
});
