/** Of an attempt that nobody is behind any more, and nobody said how it ended. */
export const interruptedReason = "interrupted: its process is gone";
