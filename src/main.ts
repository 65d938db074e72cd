import { fstatSync, statSync, writeSync } from "node:fs";
import type { Io, Stream } from "./cli/io.ts";

declare const VERSION: string;

/**
 * A stream of this process, without Node's own, which takes a sixth of the start of Node to set up. A reader that has
 * seen enough (`| head`) closes the pipe: that is no failure of ours.
 */
function streamOf(fd: 1 | 2): Stream {
  const isTerminal = isDevice(fd) && process.getBuiltinModule("node:tty").isatty(fd);
  const write = (text: string) => {
    const code = writeWhole(fd, Buffer.from(text));
    if (code === undefined || code === "EPIPE") return;
    process.exitCode = 1;
    if (fd !== 2) writeWhole(2, Buffer.from(`error: the answer could not be written: ${code}\n`));
  };
  return {
    write,
    isTerminal,
    get columns() {
      return isTerminal ? process[fd === 1 ? "stdout" : "stderr"].columns : undefined;
    },
  };
}

/** Returns the error's code when the rest cannot be written. */
function writeWhole(fd: number, bytes: Uint8Array): string | undefined {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      // Whoever started us has made the pipe one that does not wait, and does not keep up.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else return code === "EPIPE" ? code : message;
    }
  }
  return undefined;
}

/** Whether it may be a terminal: only Node's module for terminals, which takes as long to load as a tree does, can tell. */
function isDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev !== statSync("/dev/null", { throwIfNoEntry: false })?.rdev;
  } catch {
    return false; // closed
  }
}

/** From Node 22 on: what it has compiled, for the next call. In the user's own folder, since in one for all users somebody else could lay down other code. */
function keepCompiled({ XDG_CACHE_HOME: named, HOME: home }: NodeJS.ProcessEnv): void {
  // Looked for by number: to ask the module for it loads it.
  if (Number.parseInt(process.versions.node, 10) < 22) return;
  const folder = [named, home && `${home}/.cache`].find((each) => each?.startsWith("/"));
  const modules = process.getBuiltinModule("node:module") as { enableCompileCache?: (folder: string) => unknown };
  if (folder) modules.enableCompileCache?.(`${folder}/tree-autoresearch`);
}

async function readStdin(): Promise<string> {
  const { text } = await import("node:stream/consumers");
  return text(process.stdin);
}

/** Exit codes as a shell gives them: 128 and the number of the signal. */
const signals = { SIGINT: 130, SIGTERM: 143 };

function catchSignals(): AbortSignal {
  const controller = new AbortController();
  for (const [name, code] of Object.entries(signals)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(code);
    });
  }
  return controller.signal;
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const stdout = streamOf(1);
  if (argv.length === 1 && argv[0] === "--version") {
    stdout.write(`${VERSION}\n`);
    return 0;
  }
  keepCompiled(process.env);
  const { run } = await import("./cli/run.ts");
  const io: Io = {
    argv,
    get cwd() {
      return process.cwd();
    },
    env: process.env,
    stdout,
    stderr: streamOf(2),
    readStdin,
    now: () => new Date(),
    catchSignals,
  };
  return run(io, VERSION);
}

// Whatever was to be done is done, and written with writeSync, so that nothing is lost: what still waits is a timer of a
// library's.
void main().then((code) => process.exit(process.exitCode || code));
