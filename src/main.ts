import { text } from "node:stream/consumers";
import type { Io, Stream } from "./cli/io.ts";
import { run } from "./cli/run.ts";

declare const VERSION: string;

/** A reader that has seen enough (`| head`) closes the pipe: that is no failure of ours. */
function streamOf(stream: NodeJS.WriteStream): Stream {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return { write: (written) => void stream.write(written), isTerminal: stream.isTTY ?? false, columns: stream.columns };
}

const io: Io = {
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  env: process.env,
  stdout: streamOf(process.stdout),
  stderr: streamOf(process.stderr),
  readStdin: () => text(process.stdin),
  now: () => new Date(),
};

process.exitCode = await run(io, VERSION);
