import { appendFileSync, closeSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fill, holds, holdsFile } from "../../src/store/compare-files.ts";
import { tempFolder } from "../temp-repository.ts";

function tempFile(bytes: Uint8Array | string): { readonly path: string; readonly handle: number } {
  const path = join(tempFolder(), "file");
  writeFileSync(path, bytes);
  const handle = openSync(path, "r");
  onTestFinished(() => closeSync(handle));
  return { path, handle };
}

/** Both ways to compare: with bytes, and with another file. */
function sameFrom(from: number, text: Uint8Array, other: Uint8Array): boolean {
  const { handle } = tempFile(text);
  const isSame = holds(handle, other, from);
  expect(holdsFile(handle, tempFile(other).handle, from)).toBe(isSame);
  return isSame;
}

/** More than is compared at once, and no two pieces alike. */
const long = Buffer.from(Array.from({ length: 150_000 }, (_, i) => `${i}\n`).join(""));

describe("holds, holdsFile", () => {
  it.each([0, 1, 262_143, 262_144, 262_145, 524_288, long.length])("compares %d bytes, and no others", (length) => {
    const bytes = long.subarray(0, length);
    expect(sameFrom(0, bytes, Buffer.from(bytes))).toBe(true);
    expect(sameFrom(0, bytes, Buffer.concat([bytes, Buffer.from("x")]))).toBe(false);
    expect(sameFrom(0, Buffer.concat([bytes, Buffer.from("x")]), bytes)).toBe(false);
    for (const at of [0, length >> 1, length - 1]) {
      if (length === 0) break;
      const other = Buffer.from(bytes);
      other[at] = (other[at] as number) ^ 1;
      expect(sameFrom(0, bytes, other), `at ${at}`).toBe(false);
    }
  });

  it("begins where it is told", () => {
    for (const from of [1, 70_000, 262_144, 300_000]) {
      expect(sameFrom(from, long, long.subarray(from))).toBe(true);
      expect(sameFrom(from, long, long.subarray(from - 1, -1))).toBe(false);
    }
    expect(sameFrom(long.length, long, Buffer.alloc(0))).toBe(true);
  });

  it("sees what happens to the file after it was opened", () => {
    const { path, handle } = tempFile("one");
    appendFileSync(path, "two");
    expect([holds(handle, Buffer.from("one")), holds(handle, Buffer.from("onetwo"))]).toEqual([false, true]);
    truncateSync(path, 0);
    expect(holds(handle, Buffer.from("onetwo"))).toBe(false);
  });
});

describe("fill", () => {
  it("reads as much as there is room for, or as there is", () => {
    const { handle } = tempFile("abcdef");
    const room = Buffer.alloc(4, "-");
    expect([fill(handle, room, 1), room.toString()]).toEqual([4, "bcde"]);
    expect([fill(handle, room, 4), room.toString()]).toEqual([2, "efde"]);
    expect(fill(handle, room, 6)).toBe(0);
    expect(fill(handle, Buffer.alloc(0), 0)).toBe(0);
  });
});
