/** From so many bytes on it pays to load Node's own. */
const large = 200_000;

/**
 * A checksum of 32 bits: of all changes one in four thousand million is not seen. Of few bytes FNV-1a (Fowler, Noll, Vo)
 * over words, of many CRC-32: that is faster, but to load it takes longer than to read a small tree.
 */
export function checksum(bytes: Uint8Array): number {
  if (bytes.length >= large) return process.getBuiltinModule("node:zlib").crc32(bytes);
  const whole = bytes.length & ~3;
  // A copy, since words begin at multiples of four.
  const words = new Uint32Array(Uint8Array.prototype.slice.call(bytes, 0, whole).buffer);
  let sum = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ (words[i] as number), 0x01000193);
  for (const byte of bytes.subarray(whole)) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
