import { describe, expect, it } from "vitest";
import { createOutput, type OutputOptions } from "../../src/cli/output.ts";
import { ConflictError } from "../../src/errors.ts";
import { createTheme } from "../../src/render/color-theme.ts";

interface Terminal {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: OutputOptions;
}

/** An output whose two streams are texts. */
function outputOf({ isTerminal = false, columns, env = { LANG: "C.UTF-8" }, options = {} }: Terminal = {}) {
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said) => ({
    ...{ isTerminal, columns },
    write(text: string) {
      said[name] += text;
    },
  });
  const catchSignals = () => new AbortController().signal;
  const rest = { argv: [], cwd: "/", readStdin: async () => "", now: () => new Date(0), catchSignals };
  return {
    out: createOutput({ ...rest, env, stdout: stream("stdout"), stderr: stream("stderr") }, options, createTheme),
    said,
  };
}

describe("an answer", () => {
  it("is the text, or with --json the value on one line; answerJson is the value in any case", () => {
    const text = outputOf();
    text.out.answer({ a: 1 }, () => "one");
    text.out.answerJson({ b: "\u202e" });
    expect(text.said).toEqual({ stdout: 'one\n{"b":"\\u202e"}\n', stderr: "" });
    const json = outputOf({ options: { json: true } });
    json.out.answer({ a: 1 }, () => "one");
    expect(json.said.stdout).toBe('{"a":1}\n');
  });

  it("is plain ASCII only in a terminal that is not UTF-8", () => {
    for (const [env, isTerminal, shown] of [
      [{ LANG: "C" }, true, "\\u00e9"],
      [{ LANG: "C" }, false, "é"],
      [{ LANG: "de_DE.utf8" }, true, "é"],
      [{ LANG: "C", LC_CTYPE: "C.UTF-8" }, true, "é"],
      [{ LANG: "C.UTF-8", LC_CTYPE: "C" }, true, "\\u00e9"],
      [{ LC_CTYPE: "C", LC_ALL: "C.UTF-8" }, true, "é"],
      [{ LC_CTYPE: "C.UTF-8", LC_ALL: "", LANG: "" }, true, "é"],
      [{}, true, "\\u00e9"],
    ] as const) {
      const { out, said } = outputOf({ env, isTerminal });
      out.answer(null, () => "é");
      expect(said.stdout, JSON.stringify(env)).toBe(`${shown}\n`);
    }
  });
});

describe("progress", () => {
  const drawn = (lines: readonly string[]) => () => lines;

  it("takes the place of what was shown before, and makes room for whatever is said", () => {
    const { out, said } = outputOf({ isTerminal: true, env: { LANG: "C.UTF-8", NO_COLOR: "1" } });
    out.progress(drawn(["a 1", "b 1"]));
    out.progress(drawn(["a 2"]));
    out.note("began");
    out.progress(drawn(["a 3"]));
    out.answer(null, () => "done");
    expect(said).toEqual({
      stdout: "done\n",
      stderr: "a 1\nb 1\n\u001b[2A\u001b[Ja 2\n\u001b[1A\u001b[Jbegan\na 3\n\u001b[1A\u001b[J",
    });
  });

  it.each([
    ["no terminal", {}],
    ["--quiet", { isTerminal: true, options: { quiet: true } }],
    ["--json", { isTerminal: true, options: { json: true } }],
    ["a terminal that cannot", { isTerminal: true, env: { TERM: "dumb" } }],
  ])("is not shown with %s", (_, terminal: Terminal) => {
    const { out, said } = outputOf(terminal);
    out.progress(drawn(["a"]));
    expect(said.stderr).toBe("");
  });

  it("is told what happens where it is not shown, but with --quiet and --json", () => {
    const { out, said } = outputOf();
    out.note("began");
    expect(said.stderr).toBe("began\n");
    for (const options of [{ quiet: true }, { json: true }]) {
      const silent = outputOf({ options });
      silent.out.note("began");
      expect(silent.said.stderr).toBe("");
    }
  });
});

describe("colour", () => {
  it.each([
    ["in a terminal", { isTerminal: true }, true],
    ["not in a pipe", {}, false],
    ["not in a dumb terminal", { isTerminal: true, env: { TERM: "dumb" } }, false],
    ["in a pipe where it is forced", { env: { FORCE_COLOR: "1" } }, true],
    ["in a dumb terminal where it is forced", { isTerminal: true, env: { FORCE_COLOR: "", TERM: "dumb" } }, true],
    ["not where it is forced to be none", { isTerminal: true, env: { FORCE_COLOR: "0" } }, false],
    ["not where it is forced to be false", { isTerminal: true, env: { FORCE_COLOR: "false" } }, false],
    ["not where NO_COLOR is set, forced or not", { isTerminal: true, env: { NO_COLOR: "1", FORCE_COLOR: "1" } }, false],
    ["where NO_COLOR is empty", { isTerminal: true, env: { NO_COLOR: "" } }, true],
    ["not with --no-color", { isTerminal: true, env: { FORCE_COLOR: "1" }, options: { color: false } }, false],
  ] as const)("is used %s: %o", (_, terminal: Terminal, isColoured) => {
    const { out, said } = outputOf(terminal);
    out.answer(null, (theme) => theme.bad("x"));
    out.warn("x");
    out.fail(new ConflictError("x", { hint: "y" }));
    const sequence = "\u001b[";
    expect([said.stdout.includes(sequence), said.stderr.includes(sequence)]).toEqual([isColoured, isColoured]);
  });
});

describe("the width", () => {
  it.each([
    ["of a pipe has no end", { columns: 100 }, undefined],
    ["of a terminal is what it says", { isTerminal: true, columns: 100 }, 100],
    ["of one that does not say is 80", { isTerminal: true }, 80],
    ["is 20 at the least", { isTerminal: true, columns: 5 }, 20],
    ["is what COLUMNS says, for a pipe too", { env: { COLUMNS: "20" } }, 20],
    ["is not what COLUMNS says when that is too small", { env: { COLUMNS: "19" } }, undefined],
    ["or is no whole number", { isTerminal: true, columns: 70, env: { COLUMNS: "33.5" } }, 70],
  ] as const)("%s", (_, terminal: Terminal, width) => {
    expect(outputOf(terminal).out.theme.width).toBe(width);
  });
});

describe("warnings and errors", () => {
  it("are lines on stderr, and with --json one JSON value each; -q keeps warnings back, not errors", () => {
    const error = new ConflictError("locked", { hint: "wait" });
    const said = (options: OutputOptions) => {
      const { out, said } = outputOf({ options });
      out.warn("old\u001b");
      out.fail(error);
      out.fail(new ConflictError("no hint"));
      expect(said.stdout).toBe("");
      return said.stderr;
    };
    expect(said({})).toBe("warning: old\\e\nerror: locked\nhint: wait\nerror: no hint\n");
    expect(said({ quiet: true })).toBe("error: locked\nhint: wait\nerror: no hint\n");
    expect(said({ json: true, quiet: true })).toBe(
      '{"error":{"code":"conflict","message":"locked","hint":"wait"}}\n{"error":{"code":"conflict","message":"no hint"}}\n',
    );
    expect(said({ json: true })).toMatch(/^\{"warning":"old\\u001b"\}\n/);
  });

  it("of several lines keep them, but for one that begins like a word of ours", () => {
    const { out, said } = outputOf();
    out.fail(
      new ConflictError("a\n  1 | b\nerror: x\n\thint: y\nSynced: a\nRemoved worktree: b\nfile.yaml:1:2: c", {
        hint: "d\nwarning: e",
      }),
    );
    expect(said.stderr).toBe(`error: a
  1 | b
  | error: x
  |     hint: y
  | Synced: a
  | Removed worktree: b
file.yaml:1:2: c
hint: d
  | warning: e
`);
  });
});
