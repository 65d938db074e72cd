const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `work`; when a signal is to end this process meanwhile, `cleanUp` goes before. */
export async function whenEnded<T>(cleanUp: () => void, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals) => {
    stop();
    cleanUp();
    // Now nobody listens, unless the caller does: the process ends as it would have.
    process.kill(process.pid, signal);
  };
  const stop = () => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  try {
    return await work();
  } finally {
    stop();
  }
}
