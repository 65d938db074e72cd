import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { onTestFinished } from "vitest";

/** Does something in the microseconds before the file at `path` is replaced, removed or read, the first time that happens. */
export function beforeCall(name: "renameSync" | "rmSync" | "readFileSync", path: string, act: () => void): void {
  let isDone = false;
  const original = fs[name] as (...args: readonly unknown[]) => unknown;
  const put = (call: unknown) => {
    Object.assign(fs, { [name]: call });
    syncBuiltinESMExports();
  };
  put((...args: readonly unknown[]) => {
    if (!isDone && args[name === "renameSync" ? 1 : 0] === path) {
      isDone = true;
      act();
    }
    return original(...args);
  });
  onTestFinished(() => put(original));
}
