const ACTIVATIONS = {
  sigmoid: { apply: (x) => 1 / (1 + Math.exp(-x)), slope: (y) => y * (1 - y), gain: 1 },
  tanh: { apply: Math.tanh, slope: (y) => 1 - y * y, gain: 1 },
  relu: { apply: (x) => Math.max(x, 0), slope: (y) => (y > 0 ? 1 : 0), gain: 2 },
};

/**
 * Creates a network with one hidden layer: `learn` adds one example's gradient of the log loss, `update` takes a step
 * with the mean of a batch, `predict` fills in the probabilities. Weights lie input by input, so that a black pixel
 * (more than half of them are) costs nothing.
 */
export function createNetwork(config, { inputs, outputs, random }) {
  const { hidden: size, dropout, labelSmoothing, weightDecay, momentum } = config;
  const activation = ACTIVATIONS[config.activation];
  const layer1 = createLayer(inputs, size, Math.sqrt(activation.gain / inputs), random);
  const layer2 = createLayer(size, outputs, Math.sqrt(1 / size), random);
  const hidden = new Float32Array(size);
  const kept = new Float32Array(size);
  const hiddenError = new Float32Array(size);
  const probabilities = new Float32Array(outputs);

  function forward(image) {
    linear(layer1, image, hidden);
    for (let j = 0; j < size; j++) hidden[j] = activation.apply(hidden[j]) * kept[j];
    linear(layer2, hidden, probabilities);
    softmax(probabilities);
  }

  return {
    params: layer1.values.length + layer2.values.length,
    isFinite: () => layer2.values.every(Number.isFinite),

    predict(image, target) {
      kept.fill(1);
      forward(image);
      target.set(probabilities);
    },

    learn(image, label) {
      for (let j = 0; j < size; j++) kept[j] = dropout === 0 ? 1 : random() < dropout ? 0 : 1 / (1 - dropout);
      forward(image);
      for (let k = 0; k < outputs; k++) probabilities[k] -= labelSmoothing / outputs;
      probabilities[label] -= 1 - labelSmoothing;
      backward(layer2, hidden, probabilities, hiddenError);
      for (let j = 0; j < size; j++) {
        hiddenError[j] *= kept[j] === 0 ? 0 : activation.slope(hidden[j] / kept[j]) * kept[j];
      }
      backward(layer1, image, hiddenError);
    },

    update(learningRate, count) {
      for (const { values, gradient, velocity } of [layer1, layer2]) {
        for (let i = 0; i < values.length; i++) {
          velocity[i] = momentum * velocity[i] + gradient[i] / count + weightDecay * values[i];
          values[i] -= learningRate * velocity[i];
        }
        gradient.fill(0);
      }
    },
  };
}

/** One row of weights per input, and a last row for the biases. */
function createLayer(inputs, outputs, scale, random) {
  const length = (inputs + 1) * outputs;
  const values = new Float32Array(length);
  for (let i = 0; i < inputs * outputs; i++) values[i] = normal(random) * scale;
  return { inputs, outputs, values, gradient: new Float32Array(length), velocity: new Float32Array(length) };
}

function linear({ inputs, outputs, values }, input, output) {
  output.set(values.subarray(inputs * outputs));
  for (let i = 0; i < inputs; i++) {
    const x = input[i];
    if (x === 0) continue;
    for (let j = 0, w = i * outputs; j < outputs; j++, w++) output[j] += values[w] * x;
  }
}

/** Adds to the layer's gradient, and fills `inputError` when it is given. */
function backward({ inputs, outputs, values, gradient }, input, error, inputError) {
  for (let j = 0, w = inputs * outputs; j < outputs; j++, w++) gradient[w] += error[j];
  for (let i = 0; i < inputs; i++) {
    const x = input[i];
    if (x === 0 && !inputError) continue;
    let sum = 0;
    for (let j = 0, w = i * outputs; j < outputs; j++, w++) {
      gradient[w] += x * error[j];
      sum += values[w] * error[j];
    }
    if (inputError) inputError[i] = sum;
  }
}

function softmax(values) {
  const largest = Math.max(...values);
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k] = Math.exp(values[k] - largest);
  for (let k = 0; k < values.length; k++) values[k] /= total;
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
