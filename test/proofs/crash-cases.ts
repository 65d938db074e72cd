import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../run-program.ts";
import { type TempRepository, tempFolder, tempRepository } from "../temp-repository.ts";

/** One call of a command that changes something. */
export interface CrashCase {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether it begins the tree, in a repository that has none. */
  readonly isFirst?: boolean;
  /** What happens to the repository before the call. */
  readonly begin?: (root: string) => void;
  /** With what the same call, once it has been carried out, says that there is nothing left to do; else it is 0 again. */
  readonly spent?: number;
  /** With what the call says that the fault kept it from its work; 4 or 6 for most. */
  readonly refused?: number;
  /** Another command, which must work after a crash of this one. */
  readonly next: readonly string[];
}

const added = ["--desc", "tries it", "--cmd", "node train.mjs"];
const plainNext = ["update", "--id", "other", "--note", "the next one"];
const gitNext = ["add", "--id", "next", "--parent", "base", "--worktree", ...added];

/** What only doctor puts right: a worktree that was removed without git, and `children` that a person did not keep in step. */
function breakRepository(root: string): void {
  rmSync(join(root, ".worktrees/spare"), { recursive: true });
  const file = join(root, "ITERATION_TREE.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^ +- "?plain"?\n/m, ""));
}

/** Every command that changes something, with and without git. */
export const crashCases: readonly CrashCase[] = [
  {
    name: "first add",
    args: ["add", "--id", "first", ...added],
    isFirst: true,
    next: ["add", "--id", "next", ...added],
  },
  {
    name: "first add --worktree",
    args: ["add", "--id", "first", "--worktree", ...added],
    isFirst: true,
    next: ["add", "--id", "next", "--worktree", ...added],
  },
  { name: "add", args: ["add", "--id", "new", "--parent", "base", ...added], next: plainNext },
  { name: "add --worktree", args: ["add", "--id", "new", "--parent", "base", "--worktree", ...added], next: gitNext },
  { name: "update", args: ["update", "--id", "plain", "--status", "running"], next: plainNext },
  { name: "update --metric", args: ["update", "--id", "spare", "--metric", "accuracy=0.8"], next: plainNext },
  { name: "prune", args: ["prune", "--id", "plain", "--reason", "no better"], next: plainNext },
  {
    name: "prune --remove-worktree",
    args: ["prune", "--id", "spare", "--reason", "no better", "--remove-worktree"],
    next: gitNext,
  },
  { name: "prune --undo", args: ["prune", "--id", "dead", "--undo"], spent: 4, next: plainNext },
  { name: "delete", args: ["delete", "--id", "plain"], spent: 3, next: plainNext },
  { name: "delete with worktree", args: ["delete", "--id", "spare"], spent: 3, next: gitNext },
  { name: "sync", args: ["sync", "--id", "spare"], next: plainNext },
  { name: "sync -m", args: ["sync", "--id", "dirty", "-m", "what was tried"], next: plainNext },
  { name: "worktree --create", args: ["worktree", "--id", "plain", "--create"], next: gitNext },
  { name: "worktree --remove", args: ["worktree", "--id", "spare", "--remove"], spent: 3, next: gitNext },
  { name: "undo --to", args: ["undo", "--to", "8"], next: plainNext },
  { name: "doctor --fix", args: ["doctor", "--fix"], begin: breakRepository, refused: 5, next: gitNext },
];

/** A repository without a tree. */
export function freshRepository(folder = tempFolder()): TempRepository {
  const repository = tempRepository({ folder });
  repository.write("src/model.mjs", "export const rate = 0.1;\n".repeat(40));
  repository.git("add", "--all");
  repository.git("commit", "--quiet", "-m", "model");
  return repository;
}

/** A repository whose tree has nodes in every state that the cases need. */
export function grownRepository(folder = tempFolder()): TempRepository {
  const repository = freshRepository(folder);
  const run = (...args: readonly string[]) => {
    const { code, stderr } = runProgram(args, { cwd: repository.root });
    if (code !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  };
  run("add", "--id", "base", "--worktree", ...added);
  run("update", "--id", "base", "--metric", "accuracy=0.7", "--direction", "maximize");
  for (const id of ["plain", "other", "dead"]) run("add", "--id", id, "--parent", "base", ...added);
  for (const id of ["spare", "dirty"]) run("add", "--id", id, "--parent", "base", "--worktree", ...added);
  run("prune", "--id", "dead", "--reason", "diverged");
  repository.write(".worktrees/spare/train.mjs", "console.log('accuracy: 0.8');\n");
  repository.git("-C", join(repository.root, ".worktrees/spare"), "commit", "--quiet", "--all", "-m", "of its own");
  repository.write(".worktrees/dirty/train.mjs", "console.log('accuracy: 0.6');\n");
  repository.write(".worktrees/dirty/new.mjs", "export {};\n");
  return repository;
}
