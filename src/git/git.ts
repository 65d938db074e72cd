import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, GitError } from "../errors.ts";

/** Runs git with these arguments in one folder and returns its standard output. Throws GitError. */
export type Git = (...args: readonly string[]) => Promise<string>;

/** The repository's own hooks and fsmonitor are programs of the repository, not of the caller: they do not run. */
const config = ["core.hooksPath=/dev/null", "core.fsmonitor=false"];
const unsafe = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
};

/** Who commits, and whose settings hold, is the caller's; GIT_DIR and GIT_INDEX_FILE of a surrounding hook must not leak in. */
const inherited = [
  ...["AUTHOR", "COMMITTER"].flatMap((who) => ["NAME", "EMAIL", "DATE"].map((what) => `GIT_${who}_${what}`)),
  ...["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"],
];

/** Messages of a git that met another one at work on `.git/worktrees`; the next try succeeds. */
const passing = /failed to read .*commondir|could not lock config file|unable to create '.*\.lock': file exists/i;
const mostTries = 5;

export function gitIn(folder: string): Git {
  return async (...args) => {
    if (!existsSync(folder)) throw new ConflictError(`The folder ${folder} does not exist`);
    for (let attempt = 1; ; attempt++) {
      try {
        return await start(folder, args);
      } catch (cause) {
        const message = cause instanceof Error ? cause.message : String(cause);
        if (attempt === mostTries || !passing.test(message)) throw gitError(args, message, cause);
        await sleep(20 * attempt * (1 + Math.random()));
      }
    }
  };
}

async function start(folder: string, args: readonly string[]): Promise<string> {
  const { simpleGit } = await import("simple-git");
  const git = simpleGit({
    baseDir: folder,
    config,
    unsafe,
    allowEnvironment: inherited,
    errors: (error, { exitCode, stdErr }) =>
      exitCode === 0
        ? undefined
        : new Error(Buffer.concat(stdErr).toString().trim() || error?.toString() || `exit code ${exitCode}`),
  });
  return git.raw([...args]);
}

function gitError(args: readonly string[], message: string, cause: unknown): GitError | ConflictError {
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (/ENOENT/.test(message))
    return new GitError("git is not installed, or not on the PATH", { hint: "Install git.", cause });
  if (/tell me who you are|unable to auto-detect email/i.test(message)) {
    return new GitError("git does not know who commits", {
      hint: 'Run: git config user.name "NAME" && git config user.email "ADDRESS"',
      cause,
    });
  }
  return new GitError(`git ${command} failed: ${message}`, { cause });
}
