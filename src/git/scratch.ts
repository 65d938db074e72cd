import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { deleteFolder } from "../system/delete-folder.ts";
import { ownerName, ownersOf, parseOwner } from "../system/lock-holders.ts";
import { isDead, isHere, ownIdentity } from "../system/process-identity.ts";
import { randomHex } from "../system/random-hex.ts";
import type { Repository } from "./find-repository.ts";

/** Before the name of whoever works there: what one who was killed has left goes with the next. */
const prefix = "scratch.";
/** Milliseconds. */
const longestWork = 60 * 60_000;

/** Gives `work` a folder of its own in the repository's git folder, which goes when it has ended: nothing is written outside. */
export async function withScratch<T>({ commonFolder }: Repository, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(commonFolder, "tree-autoresearch");
  removeDead(parent);
  const folder = join(parent, prefix + ownerName(ownIdentity(), randomHex(12)));
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What those who cannot be seen from here, and are likely to be gone, have left: containers, other hosts. */
export function listLeftScratch({ commonFolder }: Repository, now = Date.now()): readonly string[] {
  const parent = join(commonFolder, "tree-autoresearch");
  return ownersOf(parent)
    .filter((name) => name.startsWith(prefix))
    .filter((name) => {
      const owner = parseOwner(name.slice(prefix.length));
      return owner === undefined || !(isHere(owner) || isDead(owner));
    })
    .map((name) => join(parent, name))
    .filter((folder) => now - (statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? now) > longestWork);
}

function removeDead(parent: string): void {
  for (const name of ownersOf(parent)) {
    const owner = name.startsWith(prefix) ? parseOwner(name.slice(prefix.length)) : undefined;
    if (owner && isDead(owner)) deleteFolder(join(parent, name));
  }
}
