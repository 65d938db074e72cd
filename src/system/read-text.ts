import { readFileSync } from "node:fs";

/** The file's text; empty when there is no such file. What the disk refuses is thrown: nothing there would be another answer. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (!/^(ENOENT|ENOTDIR|EISDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return "";
  }
}
