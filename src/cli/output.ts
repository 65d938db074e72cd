import type { TreeError } from "../errors.ts";
import { asciiText, safeJson, safeLines, safeText } from "../render/safe-text.ts";
import type { CreateTheme, Theme } from "../render/theme.ts";
import type { Io, Stream } from "./io.ts";

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

/** What a command may say: one answer on stdout, and notes, warnings and errors on stderr. */
export interface Output {
  readonly theme: Theme;
  /** Whether the answer is to be one JSON value. */
  readonly json: boolean;
  /** The answer: the text, or with --json `value` (or what it returns) as one line. */
  answer(value: unknown | (() => unknown), renderText: (theme: Theme) => string): void;
  /** The answer as JSON whatever the options say. */
  answerJson(value: unknown): void;
  warn(message: string): void;
  /** Tells what happens, to whoever watches. */
  note(message: string): void;
  /** Shows how it goes, in lines that the next ones take the place of; on a terminal alone. */
  progress(renderLines: (theme: Theme) => readonly string[]): void;
  fail(error: TreeError): void;
}

export function createOutput(
  io: Io,
  { json = false, quiet = false, color = true }: OutputOptions,
  createTheme: CreateTheme,
): Output {
  const unicode = isUtf8(io.env);
  const theme = createTheme({
    level: colorLevel(io.stdout, io.env, color),
    unicode,
    width: widthOf(io.stdout, io.env),
  });
  const width = widthOf(io.stderr, io.env);
  const faint = createTheme({ level: colorLevel(io.stderr, io.env, color), unicode, width });
  let drawn = 0;
  const wipe = () => {
    if (drawn > 0) io.stderr.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const line = (stream: Stream, text: string) => {
    wipe();
    stream.write(`${stream.isTerminal && !unicode ? asciiText(text) : text}\n`);
  };
  const answerJson = (value: unknown) => io.stdout.write(`${safeJson(value)}\n`);
  return {
    theme,
    json,
    answerJson,
    answer(value, renderText) {
      if (json) answerJson(typeof value === "function" ? value() : value);
      else line(io.stdout, renderText(theme));
    },
    warn(message) {
      if (quiet) return;
      if (json) io.stderr.write(`${safeJson({ warning: message })}\n`);
      else line(io.stderr, `${faint.strong("warning:")} ${safeText(message)}`);
    },
    note(message) {
      if (!quiet && !json) line(io.stderr, faint.dim(safeText(message)));
    },
    progress(renderLines) {
      if (quiet || json || !io.stderr.isTerminal || io.env["TERM"] === "dumb") return;
      const lines = renderLines(faint);
      for (const each of lines) line(io.stderr, each);
      drawn = lines.length;
    },
    fail({ code, message, hint }) {
      if (json) io.stderr.write(`${safeJson({ error: { code, message, ...(hint !== undefined && { hint }) } })}\n`);
      else
        line(
          io.stderr,
          [
            `${faint.bad("error:")} ${ownLines(message)}`,
            ...(hint ? [`${faint.strong("hint:")} ${ownLines(hint)}`] : []),
          ].join("\n"),
        );
    },
  };
}

/** A text of the tree's within a message may have line breaks; no line of it passes for a word of ours. */
function ownLines(text: string): string {
  return safeLines(text).replace(/\n(?=[^\S\n]*(error|hint|warning|[A-Z][a-z]+( [a-z]+)*):)/g, "\n  | ");
}

function colorLevel(stream: Stream, env: Io["env"], isWanted: boolean): 0 | 1 {
  if (!isWanted || env["NO_COLOR"]) return 0;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced === "0" || forced === "false" ? 0 : 1;
  return stream.isTerminal && env["TERM"] !== "dumb" ? 1 : 0;
}

function isUtf8(env: Io["env"]): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /utf-?8/i.test(locale);
}

/** Only a terminal has a width; COLUMNS sets it for a pipe too. */
function widthOf(stream: Stream, env: Io["env"]): number | undefined {
  const columns = Number(env["COLUMNS"]);
  if (Number.isInteger(columns) && columns >= 20) return columns;
  return stream.isTerminal ? Math.max(20, stream.columns ?? 80) : undefined;
}
