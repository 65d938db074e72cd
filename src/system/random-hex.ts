/** Hexadecimal digits that nobody else has, for names: nothing secret hangs on them, and Node's cryptography takes milliseconds to load. */
export function randomHex(digits: number): string {
  let hex = "";
  while (hex.length < digits)
    hex += Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return hex.slice(0, digits);
}
