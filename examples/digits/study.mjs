// Repeats both searches on several data seeds and scores what each of them chose on digits that neither has seen.
import { plainLab, withProject } from "./lab.mjs";
import { searchLine, searchTree } from "./search.mjs";

/** The searches and their constants were developed on the seeds 101 to 105, and not changed after a look at these. */
const STUDY_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Chosen from the development seeds because it shows the effect well: it illustrates, only the study is evidence. */
export const DEMO_SEED = 105;

/**
 * Runs tree and line with `runs` training runs each for every seed, which decides how the digits are split and how
 * training begins. The test digits are read once per search, when it has chosen its model. Calls `onProgress(row)` when
 * a seed is done. Resolves to `{ runs, rows, summary }`; a row is `{ seed, line, tree }`, each of them
 * `{ validation, test, runs, epochs, ideas }` (accuracies from 0 to 1, epochs trained in all runs, names of the ideas
 * in the chosen model). See `summarise`.
 */
export function runStudy({ seeds = STUDY_SEEDS, runs = 14, onProgress = () => {} } = {}) {
  return withProject(async (project) => {
    const rows = [];
    for (const seed of seeds) {
      const searches = [searchLine, searchTree].map((search) => judge(search, plainLab(project, seed), runs));
      const [line, tree] = await Promise.all(searches);
      rows.push({ seed, line, tree });
      onProgress(rows.at(-1));
    }
    return { runs, rows, summary: summarise(rows) };
  });
}

/** Runs one search, and reads the test digits once for the model that it chose. */
export async function judge(search, lab, runs) {
  const { nodes, best } = await search(lab, { runs });
  return {
    id: best.id,
    validation: best.accuracy,
    test: await lab.test(best.id),
    runs: nodes.length,
    epochs: lab.epochs(),
    ideas: best.ideas,
  };
}

/**
 * Compares the test accuracies of the rows of a study: `{ treeWins, ties, lineWins, mean, deviation }`; the last two
 * are of the paired difference tree minus line, as a share (0.01 is one percentage point), with the sample's deviation.
 */
function summarise(rows) {
  const differences = rows.map(({ line, tree }) => tree.test - line.test);
  const mean = average(differences);
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  return {
    treeWins: differences.filter((difference) => difference > 0).length,
    ties: differences.filter((difference) => difference === 0).length,
    lineWins: differences.filter((difference) => difference < 0).length,
    mean,
    deviation: Math.sqrt(squares / (rows.length - 1)),
  };
}

/** Returns the study as a Markdown table with a summary below it; accuracies in percent. */
export function renderStudy({ runs, rows, summary }) {
  const { treeWins, ties, lineWins, mean, deviation } = summary;
  const epochs = (policy) => Math.round(average(rows.map((row) => row[policy].epochs)));
  const used = (policy) => average(rows.map((row) => row[policy].runs)).toFixed(1);
  return [
    "| seed | line: validation | line: test | tree: validation | tree: test | test: tree − line |",
    "|---:|---:|---:|---:|---:|---:|",
    ...rows.map(renderRow),
    "",
    `On the test digits the tree won ${treeWins}, the line ${lineWins} of ${rows.length} (${ties} equal).`,
    `Tree minus line: ${signed(mean)} points, standard deviation ${percent(deviation)}.`,
    `Runs allowed: ${runs} each; used on average: line ${used("line")}, tree ${used("tree")}.`,
    `Epochs trained on average: line ${epochs("line")}, tree ${epochs("tree")}.`,
  ].join("\n");
}

function renderRow({ seed, line, tree }) {
  const accuracies = [line.validation, line.test, tree.validation, tree.test].map(percent);
  return `| ${[seed, ...accuracies, signed(tree.test - line.test)].join(" | ")} |`;
}

function percent(share) {
  return (100 * share).toFixed(2);
}

function signed(share) {
  return `${share < 0 ? "−" : "+"}${percent(Math.abs(share))}`;
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
