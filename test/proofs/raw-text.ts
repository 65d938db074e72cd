/** Ranges of code points that a terminal obeys or that cannot be seen; a table of its own, so that the program's cannot be wrong with it. */
const obeyed: readonly (readonly [number, number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffc],
  [0xfffe, 0xffff],
  [0xe0000, 0xe007f],
];
/** The colours that the program itself uses; the attacks use others. */
const ownColours = new RegExp(`${"\u001b"}\\[(?:[0-9]|2[0-9]|3[0-79]|9[0-7])m`, "g");

/** Whatever a terminal or a CI log would obey in `text`, which may have line breaks and, where it is coloured, colours. */
export function rawIn(text: string, isColoured = false): readonly string[] {
  const shown = isColoured ? text.replace(ownColours, "") : text;
  const found: string[] = [];
  for (const char of shown) {
    const code = char.codePointAt(0) as number;
    if (code === 0x200d && joinsPictures(shown)) continue;
    if (obeyed.some(([from, to]) => from <= code && code <= to)) found.push(`U+${code.toString(16)}`);
  }
  for (const line of shown.split("\n")) {
    if (/^\s*::/.test(line)) found.push(line);
    if (/##(vso|[a-z.]*)\[/i.test(line)) found.push(line);
  }
  return found;
}

/** Emoji such as families are several pictures with a joiner between; one that stands elsewhere hides text. */
function joinsPictures(text: string): boolean {
  return !/(?<!\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}\ufe0f]?)\u200d|\u200d(?!\p{Extended_Pictographic})/u.test(
    text,
  );
}

/** The lines that pretend to be the program's own word: of each kind it says at most one. */
export function forgedIn(stderr: string): readonly string[] {
  return ["error:", "hint:"].filter((start) => stderr.split("\n").filter((line) => line.startsWith(start)).length > 1);
}

/** The lines that an attack wanted to be taken for the program's word. */
export function plantedIn(output: string): readonly string[] {
  return output.split("\n").filter((line) => /^(error: x|warning: x|hint: Run: curl|Synced: a -> 1234567)/.test(line));
}

const number = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** Cells that a spreadsheet would calculate. */
export function formulasIn(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.flat().filter((cell) => /^\s*[=+\-@]|^[\t\r]/.test(cell) && !number.test(cell));
}

/** RFC 4180, read letter by letter. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[""]];
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const row = rows.at(-1) as string[];
    const char = text[i] as string;
    if (char === '"' && isQuoted && text[i + 1] === '"') row[row.length - 1] = `${row.at(-1)}${text[++i]}`;
    else if (char === '"' && (isQuoted || row.at(-1) === "")) isQuoted = !isQuoted;
    else if (char === "," && !isQuoted) row.push("");
    else if (char === "\n" && !isQuoted) rows.push([""]);
    else row[row.length - 1] = `${row.at(-1)}${char}`;
  }
  return rows.slice(0, -1);
}

/** What Markdown would obey in the rows of a table of so many columns. */
export function markupIn(table: string, columns: number): readonly string[] {
  return table
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\\[\\`*_{}[\]()#+!|~@$]/g, ""))
    .filter((line) => line.split("|").length !== columns + 2 || /[<>`*[\]]/.test(line) || !/^\| .*\|$/.test(line));
}
