// Two ways to spend the same number of training runs on the same ideas: a greedy line that keeps or discards, and a
// tree that keeps near-misses open. Neither does any I/O: a lab runs the experiments and is told what is given up.
//
// A lab is `{ run({ id, parent, description, change }) -> Promise<{ accuracy }>, prune(id, reason) -> Promise }`, where
// `parent` is an id or null, `change` a patch of config.json or a function from the parent's config to a patch, and
// `accuracy` the share of validation digits that are right, from 0 to 1. A lab never shows the held-out digits.
//
// Both searches resolve to `{ nodes, best }`. A node is `{ id, parent, ideas, description, accuracy, pruned }`, where
// `parent` is an id or null, `ideas` are the names of the ideas on its path and `pruned` is the reason or null. `best`
// is the node with the highest validation accuracy.

/**
 * What both searches may try, in this order: the optimiser, regularisers (marked; they make training harder so that it
 * generalises better), the network, and last what multiplies the time of a run.
 */
const IDEAS = [
  idea("higher_rate", "Raise the learning rate by half", ({ learningRate }) => ({ learningRate: learningRate * 1.5 })),
  idea("lower_rate", "Halve the learning rate", ({ learningRate }) => ({ learningRate: learningRate / 2 })),
  idea("momentum", "Momentum 0.95", { momentum: 0.95 }),
  idea("linear", "Lower the learning rate linearly", { schedule: "linear" }),
  regulariser("augment", "Move by up to 1 pixel and turn by up to 10 degrees", { shift: 1, rotate: 10 }),
  regulariser("dropout", "Drop 20 % of the hidden units", { dropout: 0.2 }),
  regulariser("smoothing", "Label smoothing 0.1", { labelSmoothing: 0.1 }),
  idea("relu", "ReLU instead of tanh", { activation: "relu" }),
  idea("wider", "Twice as many hidden units", ({ hidden }) => ({ hidden: hidden * 2 })),
  idea("longer", "Train three times as long", ({ epochs }) => ({ epochs: epochs * 3 })),
];

// Two runs that differ by less may well be equally good: accuracies vary over training seeds with a standard deviation
// of up to 0.006, so the difference of two runs with sqrt(2) times that, and this is two standard deviations.
const NOISE = 0.017;
const PARALLEL = 2;

/**
 * Greedy keep-or-discard: tries each idea on the best model so far, keeps it if the validation accuracy rose and
 * throws it away if not. After the last idea it goes round again with the discarded ones, but never repeats an
 * experiment; it stops after `runs` runs, or when nothing is left to try.
 */
export async function searchLine(lab, { runs, ideas = IDEAS }) {
  const { nodes, run, prune, untried } = startSearch(lab, ideas);
  let best = await run();
  for (let turn = 0; nodes.length < runs && untried(best).length > 0; turn++) {
    const next = ideas[turn % ideas.length];
    if (!untried(best).includes(next)) continue;
    const node = await run(best, next);
    if (node.accuracy > best.accuracy) best = node;
    else await prune(node, `${percent(node.accuracy)} is no better than the ${percent(best.accuracy)} of ${best.id}`);
  }
  return { nodes, best };
}

/**
 * Tree search: runs two experiments at a time, second chances first, then growth of the best nodes. It prunes only
 * what is clearly worse than its parent; near-misses stay open. What it runs, and in which
 * order, depends on nothing but the measured accuracies.
 */
export async function searchTree(lab, { runs, ideas = IDEAS }) {
  const search = startSearch(lab, ideas);
  const { nodes, run, prune } = search;
  await run();
  while (nodes.length < runs) {
    const agenda = distinct([...secondChances(search, ideas), ...growth(search)]);
    if (agenda.length === 0) break;
    const steps = agenda.slice(0, Math.min(PARALLEL, runs - nodes.length));
    for (const node of await Promise.all(steps.map(({ parent, next }) => run(parent, next)))) {
      const { id, accuracy } = search.parentOf(node);
      if (node.accuracy >= accuracy - NOISE) continue;
      await prune(node, `${percent(node.accuracy)} is clearly worse than the ${percent(accuracy)} of ${id}`);
    }
  }
  return { nodes, best: search.best() };
}

/**
 * Longer training for each regulariser that lost, but not clearly: such ideas slow training down before they pay, so a
 * short run judges them unfairly.
 */
function secondChances({ nodes, parentOf, untried }, ideas) {
  const longer = ideas.find(({ name }) => name === "longer");
  const regularisers = ideas.filter(({ regularises }) => regularises).map(({ name }) => name);
  return nodes
    .filter((node) => regularisers.includes(node.ideas.at(-1)) && !node.pruned)
    .filter((node) => node.accuracy <= parentOf(node).accuracy && untried(node).includes(longer))
    .map((parent) => ({ parent, next: longer }));
}

/**
 * What the best node lacks: first the ideas that gained elsewhere (this combines branches), then new ones in their
 * order, then near-misses; an idea that loses clearly on average is left out. When that is done, the next best node.
 */
function growth({ nodes, untried, gains }) {
  const open = nodes.filter(({ pruned }) => !pruned).sort((a, b) => b.accuracy - a.accuracy);
  return open.flatMap((parent) =>
    untried(parent)
      .map((next) => ({ parent, next, expected: mean(gains(next)) }))
      .filter(({ expected }) => expected >= -NOISE)
      .sort((a, b) => b.expected - a.expected),
  );
}

/** The steps without those that lead to the same set of ideas as an earlier one. */
function distinct(steps) {
  const sets = steps.map(({ parent, next }) => setOf([...parent.ideas, next.name]));
  return steps.filter((_, index) => sets.indexOf(sets[index]) === index);
}

function startSearch(lab, ideas) {
  const nodes = [];
  const byId = new Map();
  const parentOf = (node) => byId.get(node.parent);
  const sets = new Set();

  return {
    nodes,
    parentOf,

    async run(parent, next) {
      const id = `iter${nodes.length + 1}_${next?.name ?? "baseline"}`;
      const description = next?.description ?? "Baseline";
      const path = next ? [...parent.ideas, next.name] : [];
      const node = { id, parent: parent?.id ?? null, ideas: path, description, accuracy: Number.NaN, pruned: null };
      nodes.push(node);
      byId.set(id, node);
      sets.add(setOf(path));
      const { accuracy } = await lab.run({ id, parent: node.parent, description, change: next?.change ?? {} });
      return Object.assign(node, { accuracy });
    },

    prune(node, reason) {
      node.pruned = reason;
      return lab.prune(node.id, reason);
    },

    best: () => nodes.reduce((top, node) => (node.accuracy > top.accuracy ? node : top)),

    /** The ideas that `node` lacks and whose experiment, in any order of its ideas, has not been made. */
    untried: ({ ideas: path }) => ideas.filter(({ name }) => !path.includes(name) && !sets.has(setOf([...path, name]))),

    /** How much accuracy each run of this idea gained over its parent. */
    gains: ({ name }) =>
      nodes.filter(({ ideas: path }) => path.at(-1) === name).map((node) => node.accuracy - parentOf(node).accuracy),
  };
}

/** Returns `config` with `change`, a patch or a function that makes one from the config, applied. */
export function applyChange(config, change) {
  return { ...config, ...(typeof change === "function" ? change(config) : change) };
}

function idea(name, description, change) {
  return { name, description, change };
}

function regulariser(name, description, change) {
  return { name, description, change, regularises: true };
}

function setOf(path) {
  return [...path].sort().join();
}

function mean(values) {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(accuracy) {
  return `${(100 * accuracy).toFixed(2)} %`;
}
