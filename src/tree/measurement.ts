import type { Objective } from "./results.ts";

/** One number that an experiment said, as it said it. */
export interface Measurement {
  /** NaN and infinities, too: that a value is none has to be told. */
  readonly value: number;
  readonly text: string;
}

/** What one place says that was measured. */
export interface MeasuredSource {
  /** For the output: `METRIC lines`. */
  readonly name: string;
  readonly values: ReadonlyMap<string, Measurement>;
  /** The objectives in their order where the source says itself what they are. */
  readonly declared?: readonly DeclaredObjective[];
  /** Of `declared`, the one that decides. */
  readonly primaryIndex?: number;
}

/** An objective as a source declares it, with the values that its own is the mean of. */
export interface DeclaredObjective extends Objective {
  readonly samples?: readonly number[];
}

/** Also what other languages write for numbers that are none. Undefined for what is no number at all. */
export function parseMeasurement(text: string): Measurement | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return { value: Number(text), text };
  if (/^[-+]?nan$/i.test(text)) return { value: Number.NaN, text };
  const [, sign] = /^([-+]?)inf(?:inity)?$/i.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return { value: sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, text };
}

/** Whether one may be the other, rounded: a log often shows fewer digits than a file. */
export function agrees(a: Measurement, b: Measurement): boolean {
  if (Object.is(a.value, b.value) || a.value === b.value) return true;
  return isRounded(a, b) || isRounded(b, a);
}

/** One digit alone says too little to be the other number, rounded. */
const leastDigits = 2;

/** Half a unit of the last digit that is shown, and a little for the binary fractions. */
function isRounded(short: Measurement, long: Measurement): boolean {
  const [, whole = "", digits = "", exponent = "0"] =
    /^[-+]?(\d*)(?:\.(\d*))?(?:e([-+]?\d+))?$/i.exec(short.text) ?? [];
  const significant = (whole + digits).replace(/^0+/, "");
  if (
    digits === "" ||
    significant.length < leastDigits ||
    !Number.isFinite(short.value) ||
    !Number.isFinite(long.value)
  )
    return false;
  const unit = 10 ** (Number(exponent) - digits.length);
  return Math.abs(short.value - long.value) <= unit * 0.5000001;
}
