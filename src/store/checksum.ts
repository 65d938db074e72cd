/**
 * FNV-1a (Fowler, Noll, Vo) over words of 32 bits: no single word can change unseen, and of all other changes one in four
 * thousand million. Node's own checksums take longer to load than a small tree to read.
 */
export function checksum(bytes: Uint8Array): number {
  const whole = bytes.length & ~3;
  // A copy, since words begin at multiples of four.
  const words = new Uint32Array(Uint8Array.prototype.slice.call(bytes, 0, whole).buffer);
  let sum = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) sum = Math.imul(sum ^ (words[i] as number), 0x01000193);
  for (const byte of bytes.subarray(whole)) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
