import type { TreeError } from "../errors.ts";
import type { AwaitedResults } from "./collect.ts";
import type { EndedAttempt } from "./end-attempt.ts";

/** What became of a node. */
export interface NodeRun {
  readonly id: string;
  readonly attempts: readonly EndedAttempt[];
  /** What a person is to do now. */
  readonly awaited?: AwaitedResults | undefined;
  /** Why it did not run, or not as often as was asked. */
  readonly error?: TreeError | undefined;
}

/** An attempt that runs. */
export interface Running {
  readonly id: string;
  readonly attempt: number;
  /** Path of its log. */
  readonly log: string;
  /** since it began, or since this call has waited for it */
  readonly seconds: number;
  /** Seconds that it may take; undefined for no limit, or when it is not known. */
  readonly timeout: number | undefined;
  /** The metric that it has named last. */
  readonly latest: { readonly name: string; readonly text: string } | undefined;
}

export interface RunEvents {
  readonly began: (running: Running) => void;
  /** Called now and then while it runs. */
  readonly goesOn: (running: Running) => void;
  readonly ended: (id: string, attempt: EndedAttempt) => void;
}

export interface RunContext {
  readonly events: RunEvents;
  /** Ends what runs, and starts nothing more. */
  readonly signal: AbortSignal;
}
