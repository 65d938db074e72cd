/** Where a call of the program reads, writes and stands; the process itself is only known to main.ts. */
export interface Io {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly readStdin: () => Promise<string>;
  readonly now: () => Date;
  /** From now on, what would end the process aborts this signal, whose reason is the exit code; the second time it ends the process. */
  readonly catchSignals: () => AbortSignal;
}

export interface Stream {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
}
