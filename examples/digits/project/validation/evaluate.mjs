// PROTECTED: how the digits are split and how a model is judged. An experiment edits train.mjs and config.json, never
// this folder. Training sees the training images and may ask for a validation score; the held-out part is only read by
//   node validation/evaluate.mjs --test
// which trains the model of this folder again (same seed, same weights) and scores it once, at the end of a search.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { seededRandom, shuffle } from "./random.mjs";

export const PIXELS = 196;
export const CLASSES = 10;
const SPLIT = { train: [0, 2000], validation: [2000, 4000], test: [4000, 10_000] };

/** Returns `{ count, images, labels }`; `images` holds one row of PIXELS numbers from 0 to 1 per digit. */
export function trainingSet() {
  return loadPart("train");
}

/** Returns the share of validation digits that `predict(image, probabilities)` gets right, and the mean log loss. */
export function validate(predict) {
  return score(predict, loadPart("validation"));
}

function loadPart(name) {
  const records = readFileSync(new URL("digits.bin", import.meta.url));
  const { seed } = JSON.parse(readFileSync(new URL("split.json", import.meta.url), "utf8"));
  const order = shuffle(
    Array.from({ length: records.length / (PIXELS + 1) }, (_, index) => index),
    seededRandom(seed),
  );
  const chosen = order.slice(...SPLIT[name]);
  const images = new Float32Array(chosen.length * PIXELS);
  const labels = new Uint8Array(chosen.length);
  chosen.forEach((digit, row) => {
    const start = digit * (PIXELS + 1);
    labels[row] = records[start];
    for (let i = 0; i < PIXELS; i++) images[row * PIXELS + i] = records[start + 1 + i] / 255;
  });
  return { count: chosen.length, images, labels };
}

function score(predict, { count, images, labels }) {
  const probabilities = new Float32Array(CLASSES);
  let right = 0;
  let loss = 0;
  for (let row = 0; row < count; row++) {
    predict(images.subarray(row * PIXELS, (row + 1) * PIXELS), probabilities);
    if (probabilities.indexOf(Math.max(...probabilities)) === labels[row]) right++;
    loss -= Math.log(Math.max(1e-12, probabilities[labels[row]]));
  }
  return { accuracy: right / count, loss: loss / count };
}

async function reportTest() {
  const { loadConfig, train } = await import("../train.mjs");
  const { accuracy, loss } = score(train(loadConfig(), trainingSet()).predict, loadPart("test"));
  console.log(`---\ntest_accuracy: ${accuracy.toFixed(4)}\ntest_loss: ${loss.toFixed(4)}`);
}

if (basename(process.argv[1]) === "evaluate.mjs") {
  if (process.argv[2] !== "--test") throw new Error("Usage: node validation/evaluate.mjs --test");
  // Not awaited: train.mjs imports this file, so it can only load once this file has finished loading.
  void reportTest();
}
