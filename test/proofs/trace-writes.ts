import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Whether strace is here and may trace. */
export function canTrace(): boolean {
  return spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]).status === 0;
}

/** What starts a program so that its file system calls, and those of all its children, are noted in `log`. */
export function tracer(log: string): readonly string[] {
  // -y names the folder of relative paths, -xx leaves no doubt where a string ends
  return ["strace", "-f", "-qq", "-y", "-xx", "-s", "4096", "-e", "trace=%file,fchdir", "-o", log];
}

const changing =
  /^(mkdir|mknod|rename|renameat2|unlink|rmdir|symlink|link|truncate|chmod|fchmodat2?|[l]?chown|fchownat|utime|utimes|utimensat|futimesat|[l]?setxattr|[l]?removexattr|mkdirat|mknodat|renameat|unlinkat|symlinkat|linkat|creat|mount|chroot)\(/;

/** Every path that was made, changed, renamed or removed, absolute and without symbolic links. */
export function changedPaths(log: string, start: string): readonly string[] {
  const folders = new Map<string, string>();
  const changed = new Set<string>();
  for (const line of joinUnfinished(readFileSync(log, "latin1").split("\n"))) {
    const [, pid = "", call = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const here = /AT_FDCWD<([^>]*)>/.exec(call)?.[1];
    if (here !== undefined) folders.set(pid, unhex(here));
    const folder = folders.get(pid) ?? start;
    const isDone = /\) += (0|\d+(<.*>)?)$/.test(call);
    if (!isDone) continue;
    if (/^f?chdir\(/.test(call)) folders.set(pid, resolve(folder, unhex(/["<]([^">]*)[">]/.exec(call)?.[1] ?? "")));
    else if (/^open(at2?)?\(/.test(call) && /O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)/.test(call))
      changed.add(unhex(/= \d+<([^>]*)>$/.exec(call)?.[1] ?? ""));
    else if (changing.test(call)) for (const path of pathsOf(call, folder)) changed.add(path);
  }
  return [...changed];
}

/** The quoted words of a call, each under the folder that stands before it; what a symbolic link holds is no path. */
function pathsOf(call: string, folder: string): readonly string[] {
  const words = [...call.matchAll(/(?:<([^>]*)>, )?"([^"]*)"/g)].map(([, base, name = ""]) =>
    realOf(resolve(base === undefined ? folder : unhex(base), unhex(name))),
  );
  return call.startsWith("symlink") || call.includes("setxattr") ? words.slice(-1) : words;
}

/** The folder's links are followed, the thing itself is what is changed. */
function realOf(path: string): string {
  let folder = dirname(path);
  let rest = basename(path);
  for (; !existsSync(folder); folder = dirname(folder)) rest = join(basename(folder), rest);
  return join(realpathSync(folder), rest);
}

function unhex(text: string): string {
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** A call during which another process made one is noted in two pieces. */
function joinUnfinished(lines: readonly string[]): readonly string[] {
  const begun = new Map<string, string>();
  return lines.flatMap((line) => {
    const pid = line.split(" ")[0] as string;
    const start = /^(.*) <unfinished \.\.\.>$/.exec(line)?.[1];
    if (start !== undefined) {
      begun.set(pid, start);
      return [];
    }
    const end = /^\d+ +<\.\.\. \w+ resumed>(.*)$/.exec(line)?.[1];
    return [end === undefined ? line : `${begun.get(pid) ?? ""}${end}`];
  });
}
