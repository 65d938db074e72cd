import type * as z from "zod/mini";

/** One thing wrong with a value: where (keys and indices from its root) and what, for a person. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Renders a received value so that its type can be told: text quoted, long values cut. */
function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(cut(value))}`;
  if (Array.isArray(value)) return `a list ${cut(toJson(value))}`;
  if (typeof value === "object" && value !== null) return `a mapping ${cut(toJson(value))}`;
  return String(value);
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? String(each) : each));
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Turns the issues of a failed zod parse of `input` into problems, without zod's own vocabulary. */
export function problemsOf(error: z.core.$ZodError, input: unknown): readonly Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue as RawIssue, input, []));
}

interface RawIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly RawIssue[])[];
}

function problemsOfIssue(issue: RawIssue, input: unknown, above: Problem["path"]): readonly Problem[] {
  const path = [...above, ...issue.path.map((key) => (typeof key === "number" ? key : String(key)))];
  const received = valueAt(input, path);
  if (issue.code === "invalid_union" && issue.errors?.length) {
    const alternative = nearestAlternative(issue.errors, received);
    return alternative.flatMap((inner) => problemsOfIssue(inner, input, path));
  }
  return [{ path, message: `${describe(issue, received)}, received ${showValue(received)}` }];
}

/** A mapping with `objectives` was meant as the form that has them, the last one; else the first that fits its kind. */
function nearestAlternative(errors: readonly (readonly RawIssue[])[], received: unknown): readonly RawIssue[] {
  const isMapping = typeof received === "object" && received !== null && !Array.isArray(received);
  if (isMapping && "objectives" in received) return errors.at(-1) ?? [];
  const fitting = isMapping ? errors.find((issues) => issues.every((issue) => issue.path.length > 0)) : undefined;
  return fitting ?? errors[0] ?? [];
}

function describe(issue: RawIssue, received: unknown): string {
  if (received !== undefined && issue.message.startsWith("expected ")) return issue.message;
  if (issue.code === "invalid_type") {
    if (issue.expected === "number") return received === undefined ? "a number is missing" : "expected a finite number";
    const names: Record<string, string> = {
      string: "text",
      array: "a list",
      object: "a mapping",
      int: "a whole number",
    };
    const expected = names[issue.expected ?? ""] ?? issue.expected ?? "another type";
    return received === undefined ? `${expected} is missing` : `expected ${expected}`;
  }
  if (issue.code === "invalid_value" && issue.values) {
    return `expected ${issue.values.map((value) => `'${String(value)}'`).join(" or ")}`;
  }
  return issue.message;
}

/** The value at `path` inside `input`, or undefined. */
function valueAt(input: unknown, path: readonly (string | number)[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** `results.objectives[1].value` */
export function showPath(path: readonly (string | number)[]): string {
  let text = "";
  for (const key of path) text += typeof key === "number" ? `[${key}]` : text ? `.${key}` : key;
  return text;
}
