import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isThere } from "../system/is-there.ts";
import type { Repository } from "./find-repository.ts";

/** Makes git overlook these paths (relative to the main worktree) in this clone, without touching .gitignore. */
export function excludePaths({ commonFolder }: Repository, paths: readonly string[]): void {
  const file = join(commonFolder, "info", "exclude");
  const text = isThere(file) ? readFileSync(file, "utf8") : "";
  const known = new Set(text.split(/\r?\n/));
  const missing = paths.map((path) => `/${path.replace(/[\\*?[\]]| $/g, "\\$&")}`).filter((line) => !known.has(line));
  if (missing.length === 0) return;
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${missing.join("\n")}\n`);
}
