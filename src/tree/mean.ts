/** Arithmetic mean to 15 significant digits, which is free of the noise of the sum; equal values have themselves as mean. */
export function meanOf(values: readonly number[]): number {
  const [first = Number.NaN] = values;
  if (values.every((value) => value === first)) return first;
  const sum = values.reduce((total, value) => total + value, 0);
  // A sum that overflows is taken of the shares instead.
  const mean = Number.isFinite(sum)
    ? sum / values.length
    : values.reduce((total, value) => total + value / values.length, 0);
  return Number(mean.toPrecision(15));
}
