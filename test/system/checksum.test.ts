import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { checksum } from "../../src/system/checksum.ts";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });

it("differs when a byte is another one, wherever it is, and is the same for the same bytes", () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (some, place, change) => {
      const other = some.slice();
      const at = place % some.length;
      other[at] = (some[at] as number) ^ change;
      expect(checksum(other)).not.toBe(checksum(some));
      expect(checksum(some.slice())).toBe(checksum(some));
    }),
  );
});

it("differs when bytes change places, when some are missing at an end, and when zeros come", () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 9 }), (some, a, b, count) => {
      const swapped = some.slice();
      const [i, k] = [a % some.length, b % some.length];
      [swapped[i], swapped[k]] = [some[k] as number, some[i] as number];
      if (some[i] !== some[k]) expect(checksum(swapped)).not.toBe(checksum(some));
      expect(checksum(some.subarray(0, -1))).not.toBe(checksum(some));
      expect(checksum(some.subarray(1))).not.toBe(checksum(some));
      expect(checksum(Buffer.concat([some, Buffer.alloc(count)]))).not.toBe(checksum(some));
    }),
  );
});

it.each([10, 63_999, 64_000, 100_000])("is the same for the pieces that %i bytes are cut into", (length) => {
  const whole = Buffer.alloc(length, "any text ");
  for (const cuts of [[], [0], [3], [1, 1, 9], [length - 1]]) {
    const ends = [...cuts, length];
    const pieces = ends.map((end, i) => whole.subarray(i === 0 ? 0 : ends[i - 1], end));
    expect(checksum(...pieces), `${cuts}`).toBe(checksum(whole));
  }
});

it("does not depend on where in memory the bytes stand", () => {
  const memory = Buffer.from("_any text that is longer than a few words");
  const sums = [0, 1, 2, 3].map((shift) => {
    const moved = Buffer.alloc(memory.length + shift);
    memory.copy(moved, shift);
    return checksum(moved.subarray(shift));
  });
  expect(new Set(sums).size).toBe(1);
});

it("is what the published steps make of the words, worked out apart from this code", () => {
  const sums = { "": 0, a: 530429928, abc: 2785905078, "any text of ours": 284754588, "é😀 12345": 1653749724 };
  for (const [text, sum] of Object.entries(sums)) expect(checksum(Buffer.from(text)), text).toBe(sum);
});

it("is CRC-32 from 64,000 bytes on", () => {
  const many = Buffer.alloc(64_000, "any text ");
  expect(checksum(many)).toBe(crc32(many));
  expect(checksum(many.subarray(1))).not.toBe(crc32(many.subarray(1)));
});
