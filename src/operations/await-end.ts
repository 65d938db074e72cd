import type { AttemptPlace, AttemptState } from "../runner/runner.ts";
import { latestMetric } from "../runner/scan-log.ts";
import { type EndedAttempt, endAttempt } from "./end-attempt.ts";
import type { RunContext } from "./run-context.ts";
import { runnerNamed } from "./runners.ts";
import type { Workspace } from "./workspace.ts";

/** Milliseconds between two looks at an attempt that runs. */
const pause = 500;
/** The same where nobody tells that it has ended. */
const shortPause = 100;

/** Waits until an attempt ends, by itself or because the caller was interrupted, and records how. */
export async function awaitEnd(
  workspace: Workspace,
  {
    id,
    attempt,
    place,
    ended,
    timeout,
  }: {
    readonly id: string;
    readonly attempt: number;
    readonly place: AttemptPlace;
    /** Kept when there may be news. */
    readonly ended?: Promise<void>;
    /** Seconds that it may take. */
    readonly timeout?: number | null;
  },
  { events, signal }: RunContext,
): Promise<EndedAttempt> {
  const runner = runnerNamed();
  const log = runner.logs(place);
  const from = performance.now();
  const running = () => {
    const seconds = (performance.now() - from) / 1000;
    return { id, attempt, log, seconds, timeout: timeout ?? undefined, latest: latestMetric(log) };
  };
  events.began(running());
  const stop = () => void runner.cancel(place, "interrupted");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  let state: AttemptState = runner.poll(place);
  while (state.is === "running") {
    await sleepUnless(ended);
    state = runner.poll(place);
    if (state.is === "running") events.goesOn(running());
  }
  signal.removeEventListener("abort", stop);
  const result = await endAttempt(workspace, { id, attempt, state });
  events.ended(id, result);
  return result;
}

/** No timer is left behind that would keep the process waiting. */
function sleepUnless(ended: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ended ? pause : shortPause);
    void ended?.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
