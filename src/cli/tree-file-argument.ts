const withValue = new Set(["-f", "--file"]);

/** Takes a tree file that stands where the reference has it, as the first word: `ITERATION_TREE.yaml sync --id x`. */
export function takeTreeFile(argv: readonly string[]): {
  readonly file: string | undefined;
  readonly rest: readonly string[];
} {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string;
    if (withValue.has(word)) i++;
    else if (!word.startsWith("-")) {
      const isTreeFile = /\.ya?ml$/i.test(word);
      return isTreeFile ? { file: word, rest: argv.toSpliced(i, 1) } : { file: undefined, rest: argv };
    }
  }
  return { file: undefined, rest: argv };
}
