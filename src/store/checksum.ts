/** From so many bytes on it pays to load Node's own. */
const large = 200_000;
let table: Int32Array | undefined;

/** CRC-32 (ISO 3309, reversed polynomial 0xedb88320). To load Node's own takes longer than to read a small tree. */
export function checksum(bytes: Uint8Array): number {
  if (bytes.length >= large) return process.getBuiltinModule("node:zlib").crc32(bytes);
  table ??= makeTable();
  let sum = -1;
  for (let i = 0; i < bytes.length; i++) sum = (table[(sum ^ (bytes[i] as number)) & 0xff] as number) ^ (sum >>> 8);
  return ~sum >>> 0;
}

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    return rest;
  });
}
