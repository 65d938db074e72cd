/** The public exit codes; never renumbered. */
export const ExitCode = {
  success: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  invalid: 5,
  git: 6,
  experimentFailed: 7,
  pending: 8,
  protectedChanged: 9,
  budgetExhausted: 10,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const severity: readonly ExitCode[] = [9, 6, 5, 4, 7, 10, 8];

/** The exit code of a call on several nodes: the most serious of theirs. */
export function mostSerious(codes: readonly ExitCode[]): ExitCode {
  return severity.find((code) => codes.includes(code)) ?? codes.find((code) => code !== 0) ?? ExitCode.success;
}

interface ErrorDetails {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An error that a user can act on: a machine-readable code, an exit code and the next step. */
export abstract class TreeError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, { hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The call itself is wrong: a bad id, flag or combination of flags. */
export class UsageError extends TreeError {
  override readonly code: string = "usage";
  override readonly exitCode = ExitCode.usage;
}

export class InvalidIdError extends UsageError {
  override readonly code = "invalid-id";
}

export class TreeFileNotFoundError extends TreeError {
  override readonly code = "tree-file-not-found";
  override readonly exitCode = ExitCode.notFound;
}

export class NodeNotFoundError extends TreeError {
  override readonly code = "node-not-found";
  override readonly exitCode = ExitCode.notFound;
  constructor(id: string, near?: string) {
    super(`No node '${id}' in the tree`, {
      hint: near ? `Did you mean '${near}'?` : "Run `tree-autoresearch list` to see the ids.",
    });
  }
}

/** Something that the call names is not there: a worktree, a best node, a results file. */
export class NotFoundError extends TreeError {
  override readonly code = "not-found";
  override readonly exitCode = ExitCode.notFound;
}

/** The tree, the worktree or the machine is in a state in which the call cannot be carried out. */
export class ConflictError extends TreeError {
  override readonly code: string = "conflict";
  override readonly exitCode = ExitCode.conflict;
}

export class NodeExistsError extends ConflictError {
  override readonly code = "node-exists";
}

export class DirtyWorktreeError extends ConflictError {
  override readonly code = "dirty-worktree";
}

export class LockedError extends ConflictError {
  override readonly code = "locked";
}

export class NotWritableError extends ConflictError {
  override readonly code = "not-writable";
}

/** The file has no place for a value, today or tomorrow. */
export class UnwritableError extends ConflictError {}

/** A change would have to go through an alias, or would change what another alias repeats. */
export class AliasError extends ConflictError {
  override readonly code = "alias";
}

/** What the tree allows its experiments is spent. */
export class BudgetExhaustedError extends TreeError {
  override readonly code = "budget-exhausted";
  override readonly exitCode = ExitCode.budgetExhausted;
}

export class InvalidResultsError extends TreeError {
  override readonly code = "invalid-results";
  override readonly exitCode = ExitCode.invalid;
}

export class InvalidTreeError extends TreeError {
  override readonly code = "invalid-tree";
  override readonly exitCode = ExitCode.invalid;
}

interface GitErrorDetails extends ErrorDetails {
  readonly status?: number | undefined;
  readonly isSilent?: boolean;
}

export class GitError extends TreeError {
  override readonly code = "git-failed";
  override readonly exitCode = ExitCode.git;
  /** git's own exit code; undefined when git could not be started */
  readonly status: number | undefined;
  /** Whether git ended so without a word. */
  readonly isSilent: boolean;
  constructor(message: string, { status, isSilent = false, ...details }: GitErrorDetails = {}) {
    super(message, details);
    this.status = status;
    this.isSilent = isSilent;
  }
}

/** Something that no rule foresaw: a defect. */
export class InternalError extends TreeError {
  override readonly code = "internal";
  override readonly exitCode = ExitCode.internal;
  constructor(cause: unknown) {
    super(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), {
      hint: "This is a defect in tree-autoresearch: please report it with this text and the command.",
      cause,
    });
  }
}

/** Whatever was thrown, as an error of ours: itself, what the machine refused, or a defect. */
export function asTreeError(error: unknown): TreeError {
  return error instanceof TreeError ? error : (fromSystemError(error) ?? new InternalError(error));
}

/** What the machine refuses, as an error that a user can act on; undefined for what is a defect. */
function fromSystemError(error: unknown): TreeError | undefined {
  const known: Partial<NodeJS.ErrnoException> = error instanceof Error ? error : {};
  const { code = "", path = "", message = "", syscall } = known;
  const details = { hint: `The system says: ${message}`, cause: error };
  // Whoever stands in a worktree that somebody else removes stands nowhere.
  if (syscall === "uv_cwd") {
    const hint = "cd to the repository, then try again.";
    return new NotFoundError("The folder that you stand in does not exist any more", { hint, cause: error });
  }
  if (/^(EACCES|EPERM|EROFS)$/.test(code))
    return new NotWritableError(`${path} may not be written or read by this user`, details);
  if (/^(ENOSPC|EDQUOT|EFBIG)$/.test(code)) return new ConflictError("There is no space left on the disk", details);
  if (/^(ENAMETOOLONG|ENOTDIR|EISDIR|EEXIST|ENOTEMPTY|ELOOP|EMFILE)$/.test(code))
    return new ConflictError(`${path} cannot be used`, details);
  if (/^(EIO|ENXIO|ENODEV|EREMOTEIO|EUCLEAN|EBADMSG|ESTALE|ETIMEDOUT|EBUSY|ENFILE)$/.test(code))
    return new ConflictError(`The disk, or the network it hangs on, failed${path && ` at ${path}`}`, details);
  return undefined;
}
