import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { checksum } from "../../src/store/checksum.ts";

it("is CRC-32, of few bytes and of many", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(checksum(bytes)).toBe(crc32(bytes));
    }),
  );
  for (const length of [0, 199_999, 200_000]) {
    const bytes = Buffer.alloc(length, "any text ");
    expect(checksum(bytes)).toBe(crc32(bytes));
  }
});
