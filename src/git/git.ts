import { setTimeout as sleep } from "node:timers/promises";
import { ConflictError, GitError } from "../errors.ts";
import { isThere } from "../system/is-there.ts";

/** Runs git with these arguments in one folder and returns its standard output. Throws GitError. */
export type Git = (...args: readonly string[]) => Promise<string>;

/** The repository's own hooks and fsmonitor are programs of the repository, not of the caller: they do not run. */
const config = ["core.hooksPath=/dev/null", "core.fsmonitor=false"];
const unsafe = {
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeConfigPaths: true,
};

/** Who commits, and whose settings hold, is the caller's; GIT_DIR and GIT_INDEX_FILE of a surrounding hook must not leak in. */
const inherited = [
  ...["AUTHOR", "COMMITTER"].flatMap((who) => ["NAME", "EMAIL", "DATE"].map((what) => `GIT_${who}_${what}`)),
  ...["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"],
];

/** The caller's environment without what would steer git elsewhere or start programs; in English, so that its messages can be told apart. */
function gitEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (inherited.includes(entry[0]) || !steering.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}

const steering = /^(git_.*|editor|visual|pager|prefix|ssh_askpass)$/i;

/** Whether git met another one at work on `.git/worktrees`: the next try succeeds. */
export function isPassing({ message }: Pick<GitError, "message">): boolean {
  return passing.test(message);
}

const passing = /failed to read .*commondir|could not lock config file|unable to create '.*\.lock': file exists/i;
const mostTries = 5;

/**
 * simple-git waits for another 50 ms after a git that said nothing, for what it may still say: its pipes are closed by
 * then, or a child of it holds them, which has had its time. An empty piece of output tells it not to wait.
 */
const saidSomething = (_command: string, stdout: NodeJS.ReadableStream) =>
  queueMicrotask(() => stdout.emit("data", Buffer.alloc(0)));

/**
 * Milliseconds that a git which has ended is waited for until its pipes are closed. After simple-git's 50 a process that
 * was busy meanwhile has not read what git said, and would take it for silence. A child of git's may hold them for ever;
 * and a program that uses the library ends no sooner than that after its last git.
 */
const drain = 1_000;

export interface GitOptions {
  /** Used instead of the worktree's own index. */
  readonly index?: string;
  /** Whether it is for the caller to try again after an error that passes, since it has to be undone first. */
  readonly isTriedOnce?: boolean;
}

export function gitIn(folder: string, { index, isTriedOnce = false }: GitOptions = {}): Git {
  return async (...args) => {
    for (let attempt = 1; ; attempt++) {
      const { output, status, message } = await start(
        folder,
        args,
        index === undefined ? {} : { GIT_INDEX_FILE: index },
      );
      if (status === 0) return output;
      if (!isThere(folder)) throw new ConflictError(`The folder ${folder} does not exist`, { hint: goneHint });
      if (isTriedOnce || attempt === mostTries || !isPassing({ message })) throw gitError(args, message, status);
      await sleep(20 * attempt * (1 + Math.random()));
    }
  };
}

interface Outcome {
  readonly output: string;
  /** git's exit code; undefined when it could not be started */
  readonly status: number | undefined;
  /** what git said on standard error */
  readonly message: string;
}

async function start(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { simpleGit } = await import("simple-git");
  let status: number | undefined;
  let message = "";
  const open = () =>
    simpleGit({
      baseDir: folder,
      completion: { onExit: drain },
      config,
      unsafe,
      allowEnvironment: [...inherited, ...Object.keys(environment)],
      errors(_error, { exitCode, stdErr }) {
        status = exitCode;
        message = Buffer.concat(stdErr).toString().trim();
        return exitCode === 0 ? undefined : Buffer.from(message);
      },
    });
  try {
    // It throws when the folder went just now.
    return {
      output: await open()
        .outputHandler(saidSomething)
        .env({ ...gitEnvironment(), ...environment })
        .raw([...args]),
      status: 0,
      message,
    };
  } catch (error) {
    // One that was killed has none, and has not said no to anything.
    const hasEnded = typeof status === "number" && status >= 0;
    return hasEnded ? { output: "", status, message } : { output: "", status: undefined, message: String(error) };
  }
}

const goneHint = "If it is a worktree that was removed meanwhile: tree-autoresearch worktree --id ID --create.";

/** git's own locks do not say whose they are, and stay when it is killed. */
const lockHint = "Another git may be at work, or was killed. If none is at work there any more, delete that file.";

function gitError(args: readonly string[], message: string, status: number | undefined): GitError {
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (status === undefined && /ENOENT/.test(message)) {
    return new GitError("git is not installed, or not on the PATH", { hint: "Install git." });
  }
  if (/tell me who you are|unable to auto-detect email|no (name|email) was given/i.test(message)) {
    return new GitError("git does not know who commits", {
      hint: 'Run: git config user.name "NAME" && git config user.email "ADDRESS"',
      status,
    });
  }
  return new GitError(`git ${command} failed: ${message || `exit code ${status}`}`, {
    status,
    hint: /\.lock': file exists/i.test(message) ? lockHint : undefined,
    isSilent: message === "",
  });
}
