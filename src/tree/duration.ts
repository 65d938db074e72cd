const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `10m`, `1h30m`, or a number of seconds. In seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text;
  const seconds = isWhole
    ? parts.reduce((sum, [, count, unit]) => sum + Number(count) * secondsOf[unit as "s"], 0)
    : /^\d+(\.\d+)?$/.test(text)
      ? Number(text)
      : 0;
  return seconds > 0 && seconds < 1e9 ? seconds : undefined;
}
