// Trains a small network on 2,000 handwritten digits and prints its validation score. This file and config.json are
// what an experiment edits. Same files, same numbers: every random choice comes from the seed in config.json.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { distort } from "./augment.mjs";
import { createNetwork } from "./network.mjs";
import { CLASSES, PIXELS, trainingSet, validate } from "./validation/evaluate.mjs";
import { seededRandom, shuffle } from "./validation/random.mjs";

export function loadConfig() {
  return JSON.parse(readFileSync(new URL("config.json", import.meta.url), "utf8"));
}

/** Trains with mini-batch gradient descent; returns `{ predict, params }`. */
export function train(config, { count, images, labels }) {
  const random = seededRandom(config.seed);
  const network = createNetwork(config, { inputs: PIXELS, outputs: CLASSES, random });
  const order = Array.from({ length: count }, (_, index) => index);
  const steps = config.epochs * Math.ceil(count / config.batchSize);
  const distorted = new Float32Array(PIXELS);
  const augments = config.shift > 0 || config.rotate > 0;
  let step = 0;

  for (let epoch = 0; epoch < config.epochs; epoch++) {
    shuffle(order, random);
    for (let start = 0; start < count; start += config.batchSize) {
      const batch = order.slice(start, start + config.batchSize);
      for (const row of batch) {
        const image = images.subarray(row * PIXELS, (row + 1) * PIXELS);
        network.learn(augments ? distort(image, distorted, config, random) : image, labels[row]);
      }
      network.update(learningRate(config, step++ / steps), batch.length);
    }
    if (!network.isFinite()) throw new Error(`Training diverged in epoch ${epoch + 1}`);
  }
  return network;
}

function learningRate({ learningRate, schedule }, progress) {
  if (schedule === "constant") return learningRate;
  if (schedule === "linear") return learningRate * (1 - progress);
  if (schedule === "cosine") return learningRate * 0.5 * (1 + Math.cos(Math.PI * progress));
  throw new Error(`Unknown schedule '${schedule}': constant, linear or cosine`);
}

if (basename(process.argv[1]) === "train.mjs") {
  const { predict, params } = train(loadConfig(), trainingSet());
  const { accuracy, loss } = validate(predict);
  console.log(`---\nval_accuracy: ${accuracy.toFixed(4)}\nval_loss: ${loss.toFixed(4)}\nparams: ${params}`);
}
