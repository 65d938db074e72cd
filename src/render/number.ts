import type { Direction } from "../tree/results.ts";
import type { Theme } from "./theme.ts";

/** At least six significant digits where there are as many, and every digit before the point. */
export function renderValue(value: number | undefined): string {
  if (value === undefined) return "";
  const text = String(value);
  // So short a number has no more digits than are shown.
  if (text.length <= 7 && !text.includes("e")) return text;
  const digits = Math.abs(value) < 1e15 ? String(Math.trunc(Math.abs(value))).length : 0;
  return String(Number(value.toPrecision(Math.max(6, digits))));
}

/** With sign, at most three significant digits: `+0.0253`. */
export function renderChange(change: number | undefined): string {
  if (change === undefined) return "";
  const text = String(Number(change.toPrecision(3)));
  return change > 0 ? `+${text}` : change === 0 ? "=" : text;
}

/** Green where the change is an improvement, red where it is the opposite. */
export function colorChange(text: string, change: number | undefined, direction: Direction, theme: Theme): string {
  if (!change) return text;
  return change > 0 === (direction === "maximize") ? theme.good(text) : theme.bad(text);
}

/** Bytes with a binary unit: `1.4 MiB`. */
export function renderBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let power = 0;
  while (power < units.length - 1 && Number((bytes / 1024 ** power).toFixed(1)) >= 1024) power++;
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** `0.8 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function renderDuration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return `${hours} h${minutes > 0 ? ` ${minutes} min` : ""}`;
  if (minutes > 0) return `${minutes} min${rest > 0 ? ` ${rest} s` : ""}`;
  return `${whole} s`;
}
