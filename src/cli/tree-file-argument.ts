const withValue = new Set(["-f", "--file"]);

/** Takes a tree file that stands where the reference has it, as the first word: `ITERATION_TREE.yaml sync --id x`; `called` is the first word else. */
export function takeTreeFile(argv: readonly string[]): {
  readonly file: string | undefined;
  readonly called: string | undefined;
  readonly rest: readonly string[];
} {
  const first = firstWord(argv);
  const word = argv[first];
  if (word === undefined || !/\.ya?ml$/i.test(word)) return { file: undefined, called: word, rest: argv };
  const rest = argv.toSpliced(first, 1);
  return { file: word, called: rest[firstWord(rest)], rest };
}

/** The place of the first word that is no option of the program, and no value of one. */
function firstWord(argv: readonly string[]): number {
  let i = 0;
  while (i < argv.length && (argv[i] as string).startsWith("-")) i += withValue.has(argv[i] as string) ? 2 : 1;
  return i;
}
