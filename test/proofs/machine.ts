import { runCommand } from "../run-program.ts";

/** Whether the machine has what a proof needs; says loudly when it has not, and in CI, which installs it, fails. */
export function hasTool(what: string, command: string, ...args: readonly string[]): boolean {
  const isHere = mayUse(what, command, ...args);
  if (!isHere && process.env["CI"]) throw new Error(`CI needs ${what}`);
  return isHere;
}

/** The same for what no installation gives, such as a right: without it the proofs are skipped, loudly. */
export function mayUse(what: string, command: string, ...args: readonly string[]): boolean {
  const isHere = probe(command, args);
  if (!isHere) process.stderr.write(`\nSKIPPED: proofs that need ${what}, which is not here\n\n`);
  return isHere;
}

function probe(command: string, args: readonly string[]): boolean {
  try {
    return runCommand(command, args, { cwd: "/" }).code === 0;
  } catch {
    return false;
  }
}
