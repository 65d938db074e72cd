import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { onTestFinished } from "vitest";

type Call = (...args: readonly unknown[]) => unknown;

const replaced: (() => void)[] = [];

function replace(module: object, name: string, make: (original: Call) => Call): void {
  const original = Reflect.get(module, name) as Call;
  replaced.push(() => Object.assign(module, { [name]: original }));
  Object.assign(module, { [name]: make(original) });
  syncBuiltinESMExports();
  onTestFinished(restoreCalls);
}

/** All calls are the real ones again; so they are when the test ends. */
export function restoreCalls(): void {
  for (const restore of replaced.splice(0).reverse()) restore();
  syncBuiltinESMExports();
}

/** The error that the system gives. */
export function systemError(code: string | undefined): Error {
  return Object.assign(new Error(`fault: ${code}`), { code });
}

/** Until the test ends, the real call is made through `around`: what a full disk, another user or another machine would make of it. */
export function aroundFs(name: keyof typeof fs, around: (call: Call, args: readonly unknown[]) => unknown): void {
  replace(
    fs,
    name,
    (original) =>
      (...args) =>
        around(original, args),
  );
}

/** Until the test ends, the first `times` calls that concern a path of which `isMeant` says so fail with `code`. */
export function failFs(
  name: keyof typeof fs,
  code: string | undefined,
  {
    times = Number.POSITIVE_INFINITY,
    isMeant = () => true,
  }: { times?: number; isMeant?: (path: string) => boolean } = {},
): void {
  let left = times;
  aroundFs(name, (call, args) => {
    if (!isMeant(String(args[0])) || left-- <= 0) return call(...args);
    throw systemError(code);
  });
}

/** Until the test ends, the machine has this name. */
export function renameHost(name: string): void {
  replace(os, "hostname", () => () => name);
}
