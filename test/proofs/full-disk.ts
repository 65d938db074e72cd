import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { runCommand } from "../run-program.ts";

/** A shell script that succeeds where this process may mount something. */
export const mountProbe = 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d"; r=$?; rmdir "$d"; exit $r';

/** Mounts a small file system in memory at `folder`, over what is there, until the test ends. */
export function mountSmallDisk(folder: string, megabytes: number): void {
  mkdirSync(folder, { recursive: true });
  const options = ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755`, "tmpfs", folder];
  const { code, stderr } = runCommand("mount", options, { cwd: "/" });
  if (code !== 0) throw new Error(stderr);
  onTestFinished(() => void runCommand("umount", ["--lazy", folder], { cwd: "/" }));
}

/** Fills a disk to the last byte. Returns what makes room again. */
export function fillDisk(folder: string): () => void {
  const ballast = join(folder, ".ballast");
  const fill = (path: string, bytes: number) => {
    try {
      writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  };
  mkdirSync(ballast);
  const { bavail, bsize } = statfsSync(folder);
  fill(join(ballast, "large"), bavail * bsize + 1);
  for (let i = 0; statfsSync(folder).bavail > 0 && i < 100; i++) fill(join(ballast, `small${i}`), bsize);
  return () => {
    for (const name of readdirSync(ballast)) rmSync(join(ballast, name));
    rmSync(ballast, { recursive: true });
  };
}
