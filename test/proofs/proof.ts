import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../run-program.ts";

/** Whether this is `npm run test:long`: then every proof runs at full size, and reports its figures. */
export const isLong = process.env["PROOFS"] === "long";

/** The size of a proof: small in CI, full in the long run, and a tenth of the small one for every mutant. */
export function size({ ci, long }: { readonly ci: number; readonly long: number }): number {
  return isLong ? long : process.env["PROOFS"] === "mutants" ? Math.ceil(ci / 10) : ci;
}

/** Milliseconds that a test of the given size may take before it counts as hung. */
export const patience = isLong ? 6 * 3_600_000 : 900_000;

/** One line of the table of figures. */
export interface Figure {
  /** What is promised, as a sentence. */
  readonly promise: string;
  /** Where the promise stands, such as "writers" or "crashes": the name of the proof's file. */
  readonly anchor: string;
  /** What was measured. */
  readonly figure: string;
}

/** Adds a line to the table that `npm run test:long` prints; in CI nothing. */
export function report(figure: Figure): void {
  const file = process.env["PROOF_FIGURES"];
  if (file) appendFileSync(file, `${JSON.stringify(figure)}\n`);
}

/** Sums by name. */
export type Tally = Readonly<Record<string, number>>;

/**
 * Runs a proof of many rounds piece by piece and returns the sums of what the pieces counted. In the long run the sums
 * are kept after every piece, so that a run that was cut off goes on where it was. `piece` gets the number of the first
 * round, which serves as a seed, and how many rounds to do.
 */
export async function campaign(
  name: string,
  { rounds, each }: { readonly rounds: number; readonly each: number },
  piece: (first: number, count: number) => Promise<Tally>,
): Promise<Tally> {
  const file = join(projectRoot, ".reports/long", `${name}.progress.json`);
  let { done, sums } = isLong ? readProgress(file) : { done: 0, sums: {} as Tally };
  while (done < rounds) {
    const count = Math.min(each, rounds - done);
    sums = add(sums, await piece(done, count));
    done += count;
    if (isLong) writeProgress(file, { done, sums });
  }
  return sums;
}

interface Progress {
  readonly done: number;
  readonly sums: Tally;
}

function readProgress(file: string): Progress {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Progress) : { done: 0, sums: {} };
}

function writeProgress(file: string, progress: Progress): void {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}

function add(a: Tally, b: Tally): Tally {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]));
}
