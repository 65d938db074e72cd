import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { treeMeaning } from "../src/store/fields.ts";
import { answersJsonSchema } from "../src/tree/answers.ts";
import { iterationTreeJsonSchema } from "../src/tree/tree-schema.ts";

const committed = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../skill/references/${name}.schema.json`, import.meta.url), "utf8"));

describe("the committed JSON Schemas are those of the zod schemas (npm run schemas writes them)", () => {
  it("tree file", () => {
    expect(committed("iteration-tree")).toEqual(JSON.parse(JSON.stringify(iterationTreeJsonSchema())));
  });
  it("answers", () => {
    expect(committed("answers")).toEqual(JSON.parse(JSON.stringify(answersJsonSchema())));
  });
});

describe("the reader's table of meanings", () => {
  interface Schema {
    readonly properties?: Record<string, Schema>;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
    readonly type?: string | readonly string[];
    readonly additionalProperties?: Schema;
  }

  /** Every scalar field of the JSON Schema, as `path: kinds`. */
  function scalarsOf(schema: Schema, path = ""): [string, string[]][] {
    const nested = (schema.anyOf ?? []).flatMap((each) => scalarsOf(each, path));
    const fields = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
      scalarsOf(each, path ? `${path}.${key}` : key),
    );
    const items = schema.items ? scalarsOf(schema.items, path) : [];
    const kinds = [schema.type ?? []]
      .flat()
      .filter((kind) => ["string", "number", "integer", "boolean"].includes(kind));
    return [...nested, ...fields, ...items, ...(kinds.length > 0 ? [[path, kinds] as [string, string[]]] : [])];
  }

  function meaningAt(path: string): unknown {
    let meaning: unknown = treeMeaning;
    for (const key of path.split(".")) {
      while (typeof meaning === "object" && meaning !== null && "list" in meaning) meaning = meaning.list;
      meaning = (meaning as { fields?: Record<string, unknown> }).fields?.[key];
    }
    while (typeof meaning === "object" && meaning !== null && "list" in meaning) meaning = meaning.list;
    return meaning;
  }

  it("has every field of the schema, with its kind", () => {
    const scalars = scalarsOf(iterationTreeJsonSchema() as Schema).filter(([path]) => path !== "version");
    expect(scalars.length).toBeGreaterThan(25);
    for (const [path, kinds] of scalars) {
      const want = kinds.includes("string") ? "text" : kinds.includes("boolean") ? "flag" : "number";
      expect(meaningAt(path), path).toBe(want);
    }
  });
});
