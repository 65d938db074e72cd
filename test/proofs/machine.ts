import { runCommand } from "../run-program.ts";

/** Whether the machine has what a proof needs; says loudly when it has not, and in CI fails. */
export function hasTool(what: string, command: string, ...args: readonly string[]): boolean {
  const found = probe(command, args);
  if (found) return true;
  if (process.env["CI"]) throw new Error(`CI needs ${what}`);
  process.stderr.write(`\nSKIPPED: proofs that need ${what}, which is not here\n\n`);
  return false;
}

function probe(command: string, args: readonly string[]): boolean {
  try {
    return runCommand(command, args, { cwd: "/" }).code === 0;
  } catch {
    return false;
  }
}
