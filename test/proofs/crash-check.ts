import { rmSync } from "node:fs";
import type { CrashCase } from "./crash-cases.ts";
import { type Call, type Fault, type FaultyRan, readCalls, runFaulty } from "./fault-runs.ts";
import {
  copyRepository,
  type Description,
  describeRepository,
  findLeftovers,
  maskTimes,
  treeText,
} from "./repository-state.ts";

/** A case and what is right for it: the old text, the new one, and the ends at which the next commands may arrive. */
export interface Prepared {
  readonly crashCase: CrashCase;
  readonly origin: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly ends: readonly Description[];
  readonly calls: readonly Call[];
}

/** What went wrong after one fault; empty when nothing did. */
export interface Verdict {
  readonly crashCase: string;
  readonly fault: Fault & { readonly on: string };
  readonly ran: FaultyRan;
  readonly isStruck: boolean;
  /** The file is neither the old one nor the new one. */
  readonly isCorrupt: boolean;
  /** The command said that the change was made, and it is not in the file. */
  readonly isLost: boolean;
  /** A git that was killed left its own lock: the next command named it, and worked without it. */
  readonly isGitLocked: boolean;
  /** What the next commands could not put right. */
  readonly problems: readonly string[];
}

/** Runs a case without a fault: counts its calls, and keeps what it leads to. */
export async function prepare(crashCase: CrashCase, origin: string, entry?: string): Promise<Prepared> {
  const { args, next, begin = () => {} } = crashCase;
  const root = `${origin}-${crashCase.name.replaceAll(" ", "-")}`;
  const log = `${root}.log`;
  const run = (given: readonly string[]) => runFaulty({ root, args: given, entry });
  copyRepository(origin, root);
  begin(root);
  const before = treeText(root);
  const { code, stderr } = await runFaulty({ root, args, log, entry });
  if (code !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  const after = maskTimes(treeText(root));
  await run(next);
  const end = await describeRepository(root);
  rmSync(root, { recursive: true });
  copyRepository(origin, root);
  begin(root);
  await run(next);
  await run(args);
  const other = await describeRepository(root);
  rmSync(root, { recursive: true });
  return { crashCase, origin, before, after, ends: [end, other], calls: readCalls(log) };
}

/**
 * All faults that can be put into the calls of a case. The program makes its calls one after the other: killed before a
 * call is killed after the last one that changed something, so that only the first call and git's have both.
 */
export function faultsOf({ calls }: Prepared, delays: readonly number[]): readonly Fault[] {
  return calls.flatMap(({ call, name, kinds }) =>
    kinds
      .filter((kind) => kind !== "kill before" || call === 1 || name.startsWith("git"))
      .flatMap((kind) => (/ killed$/.test(kind) ? delays.map((delay) => ({ call, kind, delay })) : [{ call, kind }])),
  );
}

/** Puts one fault into a case, and then, with no help, runs the same command and another one, in either order. */
export async function strike(prepared: Prepared, fault: Fault, index: number, entry?: string): Promise<Verdict> {
  const { crashCase, origin, before, after } = prepared;
  const root = `${origin}-${crashCase.name.replaceAll(" ", "-")}-${index}`;
  const log = `${root}.log`;
  copyRepository(origin, root);
  crashCase.begin?.(root);
  const ran = await runFaulty({ root, args: crashCase.args, fault, log, entry });
  const calls = readCalls(log);
  const struck = calls.find((each) => each.struck);
  const text = treeText(root);
  const isNew = maskTimes(text) === after;
  const isCorrupt = text !== before && !isNew;
  const isLost = ran.code === 0 && !isNew;
  const problems = [...checkAnswer(ran, crashCase)];
  const recovery = [
    { args: crashCase.args, codes: [0, crashCase.spent ?? 0] },
    { args: crashCase.next, codes: [0] },
  ];
  const mayLock = fault.kind.endsWith(" killed");
  let isGitLocked = false;
  let locks = 0;
  if (!isCorrupt) {
    for (const { args, codes } of index % 2 === 0 ? recovery : recovery.toReversed()) {
      let { code, stderr } = await runFaulty({ root, args, entry });
      for (let lock = findLock(stderr); mayLock && lock; lock = findLock(stderr)) {
        if (isGitLocked && ++locks > mostLocks) break;
        isGitLocked = true;
        problems.push(...checkLocked(code, stderr));
        rmSync(lock);
        ({ code, stderr } = await runFaulty({ root, args, entry }));
      }
      if (!codes.includes(code ?? -1)) problems.push(`${args.join(" ")} exits with ${code}: ${stderr.slice(0, 600)}`);
    }
    problems.push(...(await checkEnd(root, prepared, mayLock)));
  }
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  rmSync(log, { force: true });
  return {
    crashCase: crashCase.name,
    fault: { ...fault, on: `${struck?.name} ${struck?.on}` },
    ran,
    isStruck: struck !== undefined,
    isCorrupt,
    isLost,
    isGitLocked,
    problems,
  };
}

/** So many locks of its own can one git leave: those of the index, of HEAD, of a branch, of a pin. */
const mostLocks = 4;

/** Whoever meets a lock of git's says so with git's exit code, and what to do about it. */
function checkLocked(code: number | null, stderr: string): readonly string[] {
  const isTold = code === 6 && /If none is at work there any more, delete that file/.test(stderr);
  return isTold ? [] : [`meets git's own lock, exits with ${code}: ${stderr.slice(0, 600)}`];
}

/** The lock of git's own that a message names: a git that is killed at a commit can leave several, of the index and of refs. */
export function findLock(message: string): string | undefined {
  return /unable to create '(.*\.lock)': file exists/i.exec(message)?.[1];
}

/** A fault of the machine is no defect of the program, and it says what happened. */
function checkAnswer({ code, stderr, isKilled }: FaultyRan, { refused = 4 }: CrashCase): readonly string[] {
  if (isKilled || [0, 3, 4, 6, refused].includes(code ?? -1)) return [];
  return [`exits with ${code}: ${stderr.slice(0, 600)}`];
}

async function checkEnd(root: string, { ends }: Prepared, mayLock: boolean): Promise<readonly string[]> {
  const { lines, pins } = await describeRepository(root);
  const isRight = ends.some(
    (end) => String(end.lines) === String(lines) && end.pins.every((pin) => pins.includes(pin)),
  );
  const leftovers = findLeftovers(root).filter((name) => !mayLock || name.includes("tree-autoresearch/"));
  return [
    ...(isRight ? [] : [`ends in another state: ${diffOf(ends[0]?.lines ?? [], lines)} pins ${pins}`]),
    ...(leftovers.length > 0 ? [`left behind: ${leftovers.join(", ")}`] : []),
  ];
}

function diffOf(expected: readonly string[], received: readonly string[]): string {
  const split = (lines: readonly string[]) => lines.flatMap((line) => line.split("\n"));
  const [want, have] = [split(expected), split(received)];
  return [
    ...want.filter((line) => !have.includes(line)).map((line) => `- ${line}`),
    ...have.filter((line) => !want.includes(line)).map((line) => `+ ${line}`),
  ].join("\n");
}
