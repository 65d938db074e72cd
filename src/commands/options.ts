import { InvalidArgumentError } from "commander";

/** `a,b c` -> ["a", "b c"] */
export function parseWords(value: string): readonly string[] {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}

export function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError(`Expected a whole number from 0, received '${value}'.`);
  return Number(value);
}

/** An option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A text that says something. */
export function parseText(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("Expected a text that is not empty.");
  return value;
}

/** The same for an option that may be given several times. */
export function collectText(value: string, before: readonly string[] | undefined): readonly string[] {
  return collect(parseText(value), before);
}
