// The supervisor of one attempt, a program of its own: `node supervise.js FOLDER`. Whoever asked for the attempt may die;
// this one sees it through, and says in FOLDER/exit.json how it ended.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { atomicWrite } from "../system/atomic-write.ts";
import { isThere } from "../system/is-there.ts";
import { identityOf } from "../system/process-identity.ts";
import { attemptVariable } from "./attempt-variable.ts";
import { type Cause, type ExitRecord, filesOf } from "./exit-record.ts";
import { endFamily, type Family, familyOf } from "./family.ts";
import { countOomKills } from "./oom-kills.ts";
import type { Job } from "./runner.ts";

/** Milliseconds between two looks at the log and the clock. */
const tick = 100;
/** Between two looks at all processes, which take longer, at first and at the most. */
const [firstLook, rarestLook] = [50, 1_000];
/** For what a command left behind, when nobody asked it to end. */
const shortGrace = 2_000;

type Ended = Pick<ExitRecord, "code" | "signal" | "message"> & { readonly started: boolean };

async function supervise(folder: string): Promise<void> {
  const files = filesOf(folder);
  const job = JSON.parse(readFileSync(files.job, "utf8")) as Job;
  if (!(await isToldToStart())) return;
  const reserve = join(folder, "reserve");
  writeFileSync(reserve, Buffer.alloc(16_384));
  // Appended to, so that whoever opens it again (/dev/stderr) writes behind the others.
  const log = openSync(files.log, "ax");
  const oomKills = countOomKills();
  const began = process.hrtime.bigint();
  const asked = listen();
  const child = tryToStart(job, log);
  const entry = `${attemptVariable}=${job.token}`;
  const family = familyOf({
    root: child instanceof Error ? undefined : child.pid,
    entry,
    log: files.log,
    since: identityOf(process.pid).start,
  });
  const watched = watch(job, { log, family, asked });
  const ended = await endOf(child, job);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { cause, isStopped, peak } = watched.stop();
  const leftovers = isStopped ? 0 : family.members().length;
  const survivors = await (isStopped ?? (leftovers > 0 ? endFamily(family, shortGrace) : 0));
  // It may have ended between two looks.
  const isTooLong = fstatSync(log).size > job.most_log;
  if (isTooLong) ftruncateSync(log, job.most_log);
  closeSync(log);
  const record: ExitRecord = {
    cause: !ended.started ? "not-started" : cause === "exited" && isTooLong ? "log-limit" : cause,
    ...{ code: ended.code, signal: ended.signal, seconds: Number(seconds.toFixed(3)) },
    ended_at: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    ...{ peak_bytes: peak || null, oom_kills: countOomKills() - oomKills, leftovers, survivors },
    ...(ended.message !== undefined && { message: ended.message }),
  };
  // A full disk has room for it where the reserve was.
  rmSync(reserve, { force: true });
  atomicWrite(files.record, Buffer.from(`${JSON.stringify(record)}\n`));
  tellEnd();
  process.stdin.destroy();
}

/** Whoever waits need not wait until this process is gone; there may be nobody any more. */
function tellEnd(): void {
  try {
    writeSync(1, "end\n");
  } catch {}
}

/** Whoever dies before has recorded nothing, or not yet that it runs. */
function isToldToStart(): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdin.once("data", () => resolve(true)).once("end", () => resolve(false));
  });
}

/** Some of what cannot be started is thrown, and some is told by an event. */
function tryToStart(job: Job, log: number): ChildProcess | Error {
  try {
    return start(job, log);
  } catch (error) {
    return error as Error;
  }
}

function start({ command, cwd, env, token }: Job, log: number): ChildProcess {
  return spawn("sh", ["-c", command], {
    ...{ cwd, detached: true, stdio: ["ignore", log, log] },
    env: { ...process.env, ...env, [attemptVariable]: token },
  });
}

function endOf(child: ChildProcess | Error, { cwd }: Job): Promise<Ended> {
  return new Promise((resolve) => {
    const fail = ({ message: system }: Error) => {
      const message = isThere(cwd) ? system : `its folder ${cwd} is not there`;
      resolve({ started: false, code: null, signal: null, message });
    };
    if (child instanceof Error) return fail(child);
    child.once("error", fail);
    child.once("exit", (code, signal) => resolve({ started: true, code, signal }));
  });
}

interface Watched {
  readonly cause: Cause;
  /** Kept when all are gone, with the number of those that are not; undefined when nobody was asked to end. */
  readonly isStopped: Promise<number> | undefined;
  readonly peak: number;
}

/** Whoever asks for the end may do so before there is anything to end. */
interface Asked {
  why?: Cause;
  end: (why: Cause) => void;
}

function listen(): Asked {
  const asked: Asked = {
    end(why) {
      asked.why ??= why;
    },
  };
  process.on("SIGTERM", () => asked.end("cancelled")).on("SIGINT", () => asked.end("interrupted"));
  return asked;
}

/** Ends the family at its limits, and when a signal says so. */
function watch(
  { timeout, grace, most_log, is_tied }: Job,
  { log, family, asked }: { readonly log: number; readonly family: Family; readonly asked: Asked },
): { readonly stop: () => Watched } {
  let cause: Cause = "exited";
  let isStopped: Promise<number> | undefined;
  let peak = 0;
  let [nextLook, pause] = [firstLook, firstLook];
  const end = (why: Cause) => {
    if (isStopped) return;
    cause = why;
    isStopped = endFamily(family, grace * 1_000);
  };
  const began = performance.now();
  const timer = setInterval(() => {
    const passed = performance.now() - began;
    if (timeout !== null && passed >= timeout * 1_000) end("timeout");
    if (fstatSync(log).size > most_log) end("log-limit");
    if (passed < nextLook) return;
    peak = Math.max(peak, family.look());
    pause = Math.min(2 * pause, rarestLook);
    nextLook = passed + pause;
  }, tick);
  asked.end = end;
  if (asked.why) end(asked.why);
  if (is_tied) process.stdin.once("end", () => end("interrupted"));
  const stop = () => {
    clearInterval(timer);
    return { cause, isStopped, peak };
  };
  return { stop };
}

void supervise(process.argv[2] as string);
