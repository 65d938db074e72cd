import { text } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import type { Io, Stream } from "./cli/io.ts";
import { run } from "./cli/run.ts";

declare const VERSION: string;

/** A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours. */
function streamOf(stream: NodeJS.WriteStream): Stream {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.exitCode = 1;
    if (stream !== process.stderr) process.stderr.write(`error: the answer could not be written: ${error.message}\n`);
  });
  return { write: (written) => void stream.write(written), isTerminal: stream.isTTY ?? false, columns: stream.columns };
}

// V8 takes the tens of thousands of short-lived objects of a check for lasting ones, now and then, and keeps them until
// the memory has doubled.
setFlagsFromString("--no-allocation-site-pretenuring");

const io: Io = {
  argv: process.argv.slice(2),
  get cwd() {
    return process.cwd();
  },
  env: process.env,
  stdout: streamOf(process.stdout),
  stderr: streamOf(process.stderr),
  readStdin: () => text(process.stdin),
  now: () => new Date(),
};

const code = await run(io, VERSION);
process.exitCode ||= code;
