// One of several processes that add to a counter in a folder: `lock-worker FOLDER locked|free|hold ROUNDS`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../src/system/lock.ts";

const [folder = "", mode, rounds] = process.argv.slice(2);
const counter = join(folder, "counter");
const options = { purpose: "count", patience: 60_000 };

async function increment(): Promise<void> {
  const value = Number(readFileSync(counter, "utf8"));
  await sleep(1);
  writeFileSync(counter, String(value + 1));
}

if (mode === "hold") {
  await withLock(`${counter}.lock`, options, async () => {
    process.send?.("held");
    await sleep(60_000);
  });
}
for (let round = 0; round < Number(rounds); round++) {
  if (mode === "locked") await withLock(`${counter}.lock`, options, increment);
  else await increment();
}
process.disconnect?.();
