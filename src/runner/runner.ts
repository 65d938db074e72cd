import type { ExitRecord } from "./exit-record.ts";

/** A command to run once, and how far it may go. */
export interface Job {
  /** Where the attempt keeps its files; it exists, and is its own. */
  readonly folder: string;
  /** Tells its processes from all others. */
  readonly token: string;
  readonly command: string;
  readonly cwd: string;
  /** Added to the caller's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds; null for no limit. */
  readonly timeout: number | null;
  /** What set that limit, when it was not the caller. */
  readonly limited_by?: "budget.run" | "budget.total";
  /** Seconds between the request to end and the end. */
  readonly grace: number;
  /** Bytes that its log may take. */
  readonly most_log: number;
  /** Whether it ends with whoever asked for it. */
  readonly is_tied: boolean;
  /** What the tree's results file was when the run began. */
  readonly results_stamp: string;
}

/** An attempt that was handed over, and waits to begin. */
export interface Submission {
  /** Who runs it, as the tree records it; undefined when nobody does. */
  readonly process: string | undefined;
  /** Lets it begin. An attempt that is never started runs nothing. */
  start(): void;
  /** Never lets it. */
  abandon(): void;
  /** Kept when there may be news to poll for. */
  ended(): Promise<void>;
}

/** An attempt as the tree names it. */
export interface AttemptPlace {
  readonly folder: string;
  readonly process: string | undefined;
}

export type AttemptState =
  | { readonly is: "running" }
  | { readonly is: "ended"; readonly record: ExitRecord }
  /** Nobody runs it any more, and nobody said how it ended. */
  | { readonly is: "gone" }
  /** For a person, or a machine that cannot be asked from here. */
  | { readonly is: "waiting" };

/** Where and how experiments run. */
export interface Runner {
  readonly name: string;
  submit(job: Job): Promise<Submission>;
  poll(place: AttemptPlace): AttemptState;
  /** Asks it to end; the record follows. Returns whether there was anybody to ask. */
  cancel(place: AttemptPlace, why: "cancelled" | "interrupted"): boolean;
  /** Path of its log. */
  logs(place: AttemptPlace): string;
}
