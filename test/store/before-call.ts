import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { onTestFinished } from "vitest";

/** Does something in the microseconds before the file at `path` is replaced or removed, the first time that happens. */
export function beforeCall(name: "renameSync" | "rmSync", path: string, act: () => void): void {
  let isDone = false;
  const original = fs[name] as (...args: readonly unknown[]) => void;
  const put = (call: unknown) => {
    Object.assign(fs, { [name]: call });
    syncBuiltinESMExports();
  };
  put((...args: readonly unknown[]) => {
    if (!isDone && args[name === "renameSync" ? 1 : 0] === path) {
      isDone = true;
      act();
    }
    original(...args);
  });
  onTestFinished(() => put(original));
}
