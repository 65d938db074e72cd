/** Bytes from which on it pays to load Node's own, which takes a millisecond and a half. */
const large = 64_000;

/** 32 bits that differ when a few bytes do, for what was written on this machine and may have been damaged since: CRC-32 of many bytes, MurmurHash3 (x86, 32 bit; Austin Appleby, 2011) over the words of few. The pieces together are what it is of. */
export function checksum(...pieces: readonly Uint8Array[]): number {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (length < large) return hashOf(pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));
  const { crc32 } = process.getBuiltinModule("node:zlib");
  return pieces.reduce((sum, piece) => crc32(piece, sum), 0);
}

function hashOf(bytes: Uint8Array): number {
  const words = new Int32Array((bytes.length + 3) >> 2);
  new Uint8Array(words.buffer).set(bytes);
  // In one piece: a call for every word would take most of the time.
  let sum = bytes.length;
  for (let i = 0; i < words.length; i++) {
    const scaled = Math.imul(words[i] as number, 0xcc9e2d51);
    const mixed = sum ^ Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
    sum = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return (sum ^ (sum >>> 16)) >>> 0;
}
