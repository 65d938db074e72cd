import { type ChildProcessByStdio, spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { identityOf, isDead, isHere, parseIdentity, renderIdentity } from "../system/process-identity.ts";
import { argumentsOf } from "../system/process-table.ts";
import { filesOf, findRecord } from "./exit-record.ts";
import type { AttemptPlace, AttemptState, Job, Runner, Submission } from "./runner.ts";

/** Beside this module, in the bundle as in the library. */
const supervisor = fileURLToPath(new URL("./supervise.js", import.meta.url));

/** Runs experiments on this machine, each under a supervisor of its own that outlives whoever asked for it. */
export function localRunner(script = supervisor): Runner {
  return {
    name: "local",
    submit: (job) => submit(job, script),
    poll,
    cancel(place, why) {
      const identity = place.process === undefined ? undefined : parseIdentity(place.process);
      if (!identity || !isHere(identity) || isDead(identity)) return false;
      // Where the system tells no start of a process, its number may be another one's by now; and a tree file may say anything.
      if (!argumentsOf(identity.pid).includes(place.folder)) return false;
      try {
        process.kill(identity.pid, why === "cancelled" ? "SIGTERM" : "SIGINT");
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
        throw error;
      }
    },
    logs: ({ folder }) => filesOf(folder).log,
  };
}

async function submit(job: Job, script: string): Promise<Submission> {
  const { job: path, complaints } = filesOf(job.folder);
  writeFileSync(path, JSON.stringify(job));
  const errors = openSync(complaints, "w");
  try {
    // In a session of its own, so that neither a closed terminal nor Ctrl-C reaches it.
    const child = spawn(process.execPath, [script, job.folder], {
      detached: true,
      stdio: ["pipe", "pipe", errors],
    }) as ChildProcessByStdio<Writable, Readable, null>;
    const ended = new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("exit", () => resolve()).once("error", reject);
    });
    ended.catch(() => {});
    if (child.pid === undefined) await ended;
    const { stdin } = child;
    // It may be gone before it is told to begin: then the attempt is, too.
    stdin.on("error", () => {});
    return {
      process: renderIdentity(identityOf(child.pid as number)),
      // As long as it is open, whoever asked is there.
      start: () => void (job.is_tied ? stdin.write("go\n") : stdin.end("go\n")),
      abandon: () => void stdin.end(),
      ended: () => ended,
    };
  } finally {
    closeSync(errors);
  }
}

function poll({ folder, process: runBy }: AttemptPlace): AttemptState {
  const identity = runBy === undefined ? undefined : parseIdentity(runBy);
  // Asked first: the record is written before the process is gone.
  const isGone = identity === undefined || isDead(identity);
  const record = findRecord(folder);
  if (record) return { is: "ended", record };
  return { is: isGone ? "gone" : "running" };
}
