// Loaded before the program (`node --import faults.mjs program ...`): numbers every file-system call inside of one folder
// and every start of git, and puts a fault into one of them. The program itself knows nothing of it.
//   FAULT_ROOT   the folder whose calls count
//   FAULT_LOG    each call is appended there as a line of JSON; `struck` marks the one that got the fault
//   FAULT_CALL   the number of the call to strike (without it the calls are only counted)
//   FAULT_KIND   what happens to it, see `strike` and `strikeGit`; "kill any" picks one of its kills
//   FAULT_DELAY  milliseconds after which a git is killed
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const { FAULT_ROOT: root = "/nowhere", FAULT_LOG: logFile, FAULT_CALL, FAULT_KIND, FAULT_DELAY } = process.env;
let kind = FAULT_KIND;
const wanted = Number(FAULT_CALL ?? 0);
const { openSync, writeSync, closeSync } = fs;
const log = logFile === undefined ? undefined : openSync(logFile, "a");

/** Descriptors of files inside of the folder. */
const descriptors = new Set();
let calls = 0;
/** Whether a call is running: what Node itself calls within it is a part of it. */
let isWithin = false;
/** A disk that is full stays full. */
let isFull = false;

const killSelf = () => process.kill(process.pid, "SIGKILL");
const spaceKinds = /^(write|append|copyFile|cp|mkdir|mkdtemp|rename|link|symlink|fsync|fdatasync|truncate|ftruncate)/;
const partial = /^(write(File|v)?|appendFile)(Sync)?$/;
const creating = (flags) =>
  typeof flags === "number" ? (flags & fs.constants.O_CREAT) !== 0 : /[wa]/.test(flags ?? "r");

function takesSpace(name, args) {
  return name.startsWith("open") ? creating(args[1]) : spaceKinds.test(name);
}

/** Whether the call can change what is in the folder. */
function changes(name, args) {
  return takesSpace(name, args) || /^(unlink|rm|rmdir|[fl]?chmod|[fl]?chown|[fl]?utimes)(Sync)?$/.test(name);
}

function kindsOf(name, args) {
  return [
    ...["error", "kill before"],
    ...(changes(name, args) ? ["kill after"] : []),
    ...(takesSpace(name, args) ? ["full"] : []),
    ...(partial.test(name) ? ["kill half"] : []),
    ...(/^write(v)?(Sync)?$/.test(name) ? ["short"] : []),
  ];
}

const gitKinds = [
  "error",
  "full",
  "absent",
  "late",
  "kill before",
  "kill while",
  "kill after",
  "git killed",
  "both killed",
];

/** Counts a call; returns whether it is the one to strike. */
function count(name, on, kinds) {
  calls++;
  if (calls === wanted && kind === "kill any") {
    const kills = kinds.filter((each) => each.startsWith("kill "));
    kind = kills[Math.floor(Math.random() * kills.length)];
  }
  const struck = calls === wanted && kinds.includes(kind);
  if (log !== undefined) writeSync(log, `${JSON.stringify({ call: calls, name, on, kinds, struck })}\n`);
  return struck;
}

function pathOf(arg) {
  if (typeof arg === "number") return descriptors.has(arg) ? `${root}${sep}(open)` : undefined;
  if (arg instanceof URL) return fileURLToPath(arg);
  return typeof arg === "string" || Buffer.isBuffer(arg) ? resolve(String(arg)) : undefined;
}

/** The path inside of the folder that a call is about: of those with two paths perhaps the second. */
function insidePath(name, args) {
  const paths = /^(rename|link|symlink|copyFile|cp)/.test(name) ? args.slice(0, 2) : args.slice(0, 1);
  return paths.map(pathOf).find(isInside);
}

const isInside = (path) => path !== undefined && `${path}${sep}`.startsWith(`${root}${sep}`);

function systemError(code, errno, text, name, path) {
  const syscall = name.replace(/Sync$/, "");
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { code, errno, syscall, path });
}
const ioError = (name, path) => systemError("EIO", -5, "i/o error", name, path);
const fullError = (name, path) => systemError("ENOSPC", -28, "no space left on device", name, path);

/** The arguments of a write that writes only the first half. */
function halved(name, args) {
  const [target, data, ...rest] = args;
  if (/^writev/.test(name)) return [target, data.slice(0, Math.ceil(data.length / 2)), ...rest];
  const bytes = Buffer.from(data);
  if (!/^write(Sync)?$/.test(name)) return [target, bytes.subarray(0, bytes.length >> 1), ...rest];
  const offset = typeof rest[0] === "number" ? rest[0] : 0;
  return [target, bytes, offset, (bytes.length - offset + 1) >> 1];
}

/** What a call does that is struck; `run` is the call itself. */
function strike(name, args, path, run) {
  if (kind === "kill before") killSelf();
  if (kind === "short") return run(halved(name, args));
  if (kind === "kill half" || (kind === "full" && partial.test(name))) run(halved(name, args));
  if (kind === "kill half") killSelf();
  if (kind === "full") {
    isFull = true;
    throw fullError(name, path);
  }
  if (kind === "error") {
    if (name.startsWith("exists")) return false;
    if (name.startsWith("close")) run(args);
    throw ioError(name, path);
  }
  return run(args);
}

function wrapSync(target, name) {
  const original = target[name];
  target[name] = Object.assign(function (...args) {
    const path = insidePath(name, args);
    if (isWithin || path === undefined) return original.apply(this, args);
    const run = (given) => original.apply(this, given);
    const struck = count(name, path.slice(root.length + 1), kindsOf(name, args));
    isWithin = true;
    try {
      if (isFull && takesSpace(name, args)) throw fullError(name, path);
      const result = struck ? strike(name, args, path, run) : run(args);
      if (name === "openSync") descriptors.add(result);
      if (name === "closeSync") descriptors.delete(args[0]);
      if (struck && kind === "kill after") killSelf();
      return result;
    } finally {
      isWithin = false;
    }
  }, original);
}

/** Calls that answer later: a fault is put in before they start, and a kill also when they have ended. */
function wrapAsync(target, name, isPromise) {
  const original = target[name];
  target[name] = Object.assign(function (...args) {
    const path = insidePath(name, args);
    if (isWithin || path === undefined) return original.apply(this, args);
    const struck = count(`${isPromise ? "promises." : ""}${name}`, path.slice(root.length + 1), kindsOf(name, args));
    if (struck && kind === "kill before") killSelf();
    const isRefused = isFull && takesSpace(name, args);
    const error =
      isRefused || (struck && kind === "full")
        ? fullError(name, path)
        : struck && kind === "error" && ioError(name, path);
    if (struck && kind === "full") isFull = true;
    const end = () => struck && kind === "kill after" && killSelf();
    if (isPromise) return error ? Promise.reject(error) : original.apply(this, args).finally(end);
    const callback = args.at(-1);
    if (typeof callback !== "function") return original.apply(this, args);
    if (error) return process.nextTick(callback, error);
    return original.call(this, ...args.slice(0, -1), (...results) => {
      end();
      callback(...results);
    });
  }, original);
}

for (const name of Object.keys(fs)) {
  if (typeof fs[name] !== "function") continue;
  if (name.endsWith("Sync")) wrapSync(fs, name);
  else if (typeof fs[`${name}Sync`] === "function") wrapAsync(fs, name, false);
}
for (const name of Object.keys(fs.promises))
  if (typeof fs.promises[name] === "function") wrapAsync(fs.promises, name, true);

const { spawn } = childProcess;
childProcess.spawn = function (command, args, options) {
  const run = (file, given, how = options) => spawn.call(this, file, given, how);
  if (!/(^|\/)git$/.test(command)) return run(command, args);
  const words = args.filter((arg, i) => arg !== "-c" && args[i - 1] !== "-c" && !arg.startsWith("-"));
  const struck = count(`git ${words[0]}`, words.slice(1).join(" "), gitKinds);
  if (struck && kind === "full") isFull = true;
  if (isFull) return run("sh", ["-c", refusal("unable to write: No space left on device")]);
  return struck ? strikeGit(command, args, options, run) : run(command, args);
};

const refusal = (message) => `echo 'fatal: ${message}' >&2; exit 128`;

/** What a git does that is struck: refuses, cannot be started, fails after its work, is killed, or goes on alone. */
function strikeGit(command, args, options, run) {
  if (kind === "kill before") killSelf();
  if (kind === "error") return run("sh", ["-c", refusal("a fault that was put in")]);
  if (kind === "absent") return run("/nowhere/git", args);
  if (kind === "late") return run("sh", ["-c", `"$0" "$@"; ${refusal("a fault after the work")}`, command, ...args]);
  // A group of its own, so that what git started is killed with it, as by a crash.
  const git = run(command, args, { ...options, detached: true });
  if (kind === "kill while") killSelf();
  if (kind === "kill after") git.on("exit", killSelf);
  if (kind.endsWith(" killed")) setTimeout(() => killGit(git), Number(FAULT_DELAY ?? 1));
  return git;
}

function killGit(git) {
  if (git.exitCode !== null || git.signalCode !== null) return;
  try {
    process.kill(-git.pid, "SIGKILL");
  } catch {
    // it ended just now
  }
  if (kind === "both killed") killSelf();
}

syncBuiltinESMExports();
process.on("exit", () => log !== undefined && closeSync(log));
