import { InvalidArgumentError } from "commander";
import { parseDuration as readDuration } from "../tree/duration.ts";

/** `a,b c` -> ["a", "b c"] */
export function parseWords(value: string): readonly string[] {
  return value
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
}

/** A list that names something. */
export function parseList(value: string): readonly string[] {
  const words = parseWords(value);
  if (words.length > 0) return words;
  throw new InvalidArgumentError(`Expected names with commas between, received '${value}'.`);
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

/** In seconds. */
export function parseDuration(value: string): number {
  const seconds = readDuration(value);
  if (seconds !== undefined) return seconds;
  throw new InvalidArgumentError(`Expected a duration such as 90s, 10m or 1h30m, received '${value}'.`);
}

/** `500K`, `10M`, `8G`, or bytes. In bytes. */
export function parseSize(value: string): number {
  const [, count, unit = ""] = /^(\d{1,6}(?:\.\d+)?|\d+)([KMGT]?)(?:i?B)?$/i.exec(value) ?? [];
  if (count !== undefined && Number(count) > 0)
    return Math.round(Number(count) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " "));
  throw new InvalidArgumentError(`Expected a size such as 500M or 8G, received '${value}'.`);
}

export function parsePositive(value: string): number {
  const count = parseCount(value);
  if (count === 0) throw new InvalidArgumentError("Expected a whole number from 1, received '0'.");
  return count;
}

/** The name of an environment variable. */
export function parseVariable(value: string): string {
  const isOurs = /^(TREE_AUTORESEARCH_|CUDA_VISIBLE_DEVICES$|PATH$)/.test(value);
  if (/^[A-Za-z_]\w*$/.test(value) && !isOurs) return value;
  throw new InvalidArgumentError(
    `Expected the name of a variable${isOurs ? " that nothing else needs" : ""}, such as SEED, received '${value}'.`,
  );
}
