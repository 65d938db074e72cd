/** Of more, a call for each would take longer than to bring them together. */
const most = 16;

/** How many bytes the pieces are together. */
export function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** The same bytes in a few pieces: what can stay where it is is not copied. */
export function inFewPieces(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return pieces.length > most ? [Buffer.concat(pieces)] : pieces;
}
