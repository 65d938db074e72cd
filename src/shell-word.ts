/** As one word of a POSIX shell: bare when nothing in it means anything, else in single quotes. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./@%+=:,][A-Za-z0-9_./@%+=:,~-]*$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
