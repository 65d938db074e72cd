import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ownerName, ownersOf, parseOwner } from "../system/lock-holders.ts";
import { isDead, ownIdentity } from "../system/process-identity.ts";
import type { Repository } from "./find-repository.ts";
import { deleteFolder } from "./leaving.ts";

/** Before the name of whoever works there: what one who was killed has left goes with the next. */
const prefix = "scratch.";

/** Gives `work` a folder of its own in the repository's git folder, which goes when it has ended: nothing is written outside. */
export async function withScratch<T>({ commonFolder }: Repository, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(commonFolder, "tree-autoresearch");
  removeDead(parent);
  const folder = join(parent, prefix + ownerName(ownIdentity(), randomBytes(6).toString("hex")));
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function removeDead(parent: string): void {
  for (const name of ownersOf(parent)) {
    const owner = name.startsWith(prefix) ? parseOwner(name.slice(prefix.length)) : undefined;
    if (owner && isDead(owner)) deleteFolder(join(parent, name));
  }
}
