import fc from "fast-check";

/** Texts that some YAML reader takes for something else than text. */
export const oddTexts: readonly string[] = [
  ...[
    "007",
    "0o17",
    "0b101",
    "0x1F",
    "1e3",
    "1.0e+3",
    "1e-7",
    ".5",
    "1.",
    "1_000",
    "1:30",
    "190:20:30",
    "12:30:45.5",
    "08",
    "0777",
  ],
  ...[
    "null",
    "~",
    "",
    "yes",
    "no",
    "on",
    "off",
    "y",
    "n",
    "Yes",
    "NO",
    "true",
    "False",
    ".nan",
    ".inf",
    "-.inf",
    "=",
    "<<",
  ],
  ...[
    "2024-01-01",
    "2024-01-01 10:00:00",
    "2024-01-01T10:00:00Z",
    "12345e67",
    "12345678",
    "+5",
    "-0",
    "9007199254740993",
  ],
  ...[
    "a: b",
    "a #b",
    "- x",
    "? x",
    "@x",
    "`x",
    "%x",
    "*x",
    "&x",
    "!x",
    "{a}",
    "[1]",
    '"q"',
    "'q'",
    "it's",
    " lead",
    "trail ",
  ],
  ...[
    "tab\there",
    "multi\nline",
    "trail nl\n",
    "\n\nnl",
    "cr\rlf\r\n",
    "nul\u0000x",
    "esc\u001b[31m",
    "nel\u0085x",
    "ls\u2028x",
  ],
  ...[
    "bidi\u202ex",
    "emoji😀",
    "bom\ufeffx",
    "\u007f",
    "---",
    "...",
    "--- a",
    "... b",
    "#c",
    "key: |",
    "x: y\n  z: w",
    " \n ",
    "\t",
  ],
  ...[
    "a".repeat(200),
    `${"word ".repeat(60)}end`,
    "٣",
    "é",
    "模型",
    "\\n",
    "C:\\temp",
    "a,b",
    "a]b",
    "!!str x",
    "|",
    ">",
    "-",
    "?",
    ":",
  ],
  ...[
    "1.0e3",
    "1e+3",
    "Null",
    "NULL",
    "ON",
    "True",
    "TRUE",
    ".NaN",
    "NaN",
    "nan",
    "inf",
    "+.inf",
    "123456789012345678901234567890",
    "1.7976931348623157e308",
    "1e999",
    "0.1",
    "-0.0",
    "a1b2c3d4",
    "1234567",
    "5e10",
    "0e1",
    "00e1",
    "4e5a",
    "!!str 007",
    "! 007",
    '"007"',
    "'1e3'",
    "|\n  x",
    "1,000",
    "0.92",
    "1e-4",
    "1.e-4",
    "- a",
    "? a",
    "a:b",
    "a#b",
    "{a: 1}",
    "[1, 2]",
    '!!python/object/apply:os.system ["echo hi"]',
    "!!binary aGk=",
    "!!set {a, b}",
    "0.1e",
    "1__0",
    "_1",
    "0_7",
    "+.5",
    "-.5",
    ".",
    "..",
    "--",
    "1e3.5",
  ],
];

export const anyText = fc.oneof(
  fc.constantFrom(...oddTexts),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.stringMatching(/^[-+.0-9_eExob:~ynaif<=TZ ]{1,12}$/),
);

export const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, -0, 1e-7, 1e21, 1.5e300, 5e-324, 0.1 + 0.2, 123456789012345680000, 1e16, -1e-10, 100),
);

const ids = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,12}$/), {
  minLength: 1,
  maxLength: 6,
  selector: (id) => id.toLowerCase(),
});

const results = fc.oneof(
  fc.constant(null),
  fc.record({ primary_metric: nonEmpty(), primary_value: anyNumber, direction: direction() }),
  fc.record({
    primary_metric: nonEmpty(),
    primary_value: anyNumber,
    direction: direction(),
    metrics: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), anyNumber, { maxKeys: 3 }),
    seed: anyText,
  }),
  fc.record({
    objectives: fc.uniqueArray(fc.record({ metric: nonEmpty(), value: anyNumber, direction: direction() }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ metric }) => metric,
    }),
    primary_index: fc.constant(0),
  }),
);

/** Plain nodes as the Python tool has them, each under an earlier one or a root; `children` agree. */
export const anyNodes = ids.chain((all) =>
  fc
    .tuple(
      ...all.map((node_id, i) =>
        fc.record({
          node_id: fc.constant(node_id),
          parent_id: i === 0 ? fc.constant(null) : fc.constantFrom(null, ...all.slice(0, i)),
          description: anyText,
          command: anyText,
          working_dir: fc.constantFrom(".", "src", "a b"),
          worktree: fc.constantFrom(null, {
            path: `.worktrees/${node_id}`,
            branch: `iter/${node_id}`,
            commit: "12345e67",
          }),
          status: fc.constantFrom("pending", "running", "waiting", "completed", "failed"),
          results,
        }),
      ),
    )
    .map((nodes) =>
      nodes.map((node) => ({
        ...node,
        children: nodes.filter(({ parent_id }) => parent_id === node.node_id).map(({ node_id }) => node_id),
      })),
    ),
);

function nonEmpty(): fc.Arbitrary<string> {
  return anyText.filter((text) => text !== "").map((text) => text.toWellFormed());
}

function direction(): fc.Arbitrary<string> {
  return fc.constantFrom("maximize", "minimize");
}
