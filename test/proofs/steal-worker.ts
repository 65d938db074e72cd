// One of several processes that take a lock from dead holders: `steal-worker FOLDER owner-file|naive COUNT`. Instead of
// releasing, each turns itself into a dead holder, so that every grant is a steal for which all compete.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../src/system/lock.ts";
import { isDead, ownIdentity, type ProcessIdentity } from "../../src/system/process-identity.ts";

const [folder = "", mode, count] = process.argv.slice(2);
const path = join(folder, "a.lock");
const own = ownIdentity();
/** Linux gives no process a pid above 2^22. */
const beyond = 2 ** 22 + 1;
let grants = 0;
let doubles = 0;

/** Two processes cannot both make this folder: who cannot is not alone. */
async function hold(): Promise<void> {
  const marker = join(folder, "held");
  grants++;
  try {
    mkdirSync(marker);
  } catch {
    doubles++;
    return;
  }
  await sleep(Math.random());
  rmdirSync(marker);
}

/** What a kill here would leave: the owner file of a process that is no more. */
function die(): void {
  const mine = readdirSync(path).filter((name) => name.startsWith(`${own.pid}~`));
  for (const name of mine) renameSync(join(path, name), join(path, name.replace(/^\d+/, `${beyond}`)));
}

async function stealByOwnerFile(): Promise<void> {
  await withLock(path, { purpose: "steal", patience: 600_000 }, async () => {
    await hold();
    die();
  });
}

/** The lock that comes to mind first: a file made with O_EXCL, removed by whoever finds its owner dead. */
async function stealNaively(): Promise<void> {
  for (;;) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: "wx" });
      break;
    } catch {
      const holder = readHolder();
      if (holder && isDead(holder)) unlinkQuietly();
      else await sleep(Math.random());
    }
  }
  await hold();
  writeFileSync(`${path}.${own.pid}`, JSON.stringify({ ...own, pid: beyond }));
  renameSync(`${path}.${own.pid}`, path);
}

function readHolder(): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function unlinkQuietly(): void {
  try {
    unlinkSync(path);
  } catch {
    // another process was faster
  }
}

for (let round = 0; round < Number(count); round++) {
  if (mode === "naive") await stealNaively();
  else await stealByOwnerFile();
}
process.send?.({ grants, doubles });
process.disconnect?.();
