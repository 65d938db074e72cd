import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How an editor saves. */
export const ways = ["in place", "in place, in two pieces", "by rename"] as const;
type Way = (typeof ways)[number];

export interface Saves {
  /** Saves, and those of them that were not in the file when the editor looked again. */
  readonly made: Record<Way, number>;
  readonly lost: readonly { readonly way: Way; readonly text: string }[];
}

/**
 * An editor that reads the file, changes the number in its comment `# save N`, and saves it, every 20 to 40 ms until
 * `end`. Before each save it looks whether the one before is in the file still.
 */
export async function editUntil(path: string, end: () => boolean): Promise<Saves> {
  const made: Record<Way, number> = { "in place": 0, "in place, in two pieces": 0, "by rename": 0 };
  const lost: { way: Way; text: string }[] = [];
  let last: { way: Way; text: string; mark: string } | undefined;
  for (let i = 1; ; i++) {
    const text = readWhole(path);
    if (last && !text.includes(last.mark)) lost.push({ way: last.way, text: last.text });
    if (end()) return { made, lost };
    const way = ways[i % ways.length] as Way;
    const mark = `# save ${i}\n`;
    const edited = text.replace(/# save \d+\n/, mark);
    save(path, edited, way);
    made[way]++;
    last = { way, text: edited, mark };
    await sleep(20 + Math.random() * 20);
  }
}

/** What we write is always whole; another editor's save is our own and over by now. */
function readWhole(path: string): string {
  return readFileSync(path, "utf8");
}

function save(path: string, text: string, way: Way): void {
  if (way === "by rename") {
    writeFileSync(`${path}~`, text);
    renameSync(`${path}~`, path);
  } else if (way === "in place") {
    writeFileSync(path, text);
  } else {
    const file = openSync(path, "w");
    // At the end of a line, so that the first piece alone is a tree, too.
    const half = text.indexOf("\n", text.length >> 1) + 1;
    writeSync(file, text.slice(0, half));
    const until = performance.now() + 2 * Math.random();
    while (performance.now() < until);
    writeSync(file, text.slice(half));
    closeSync(file);
  }
}
