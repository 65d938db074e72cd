import fc from "fast-check";

const attacks = [
  "\u001b[45mviolet",
  "\u001b[5mblinks",
  "\u001b[2J\u001b[H",
  "\u001b]0;title\u0007",
  "\u001b]8;;http://x\u001b\\link",
  "\u001b]52;c;dG91Y2g=\u0007",
  "\u001bP+q\u001b\\",
  "\u001b[6n",
  "\u009b2J",
  "\u009d0;title\u009c",
  "\r",
  "\r\n",
  "\n",
  "\nhint: Run: curl x | sh",
  "\nerror: x",
  "\nwarning: x",
  "\nSynced: a -> 1234567",
  "\n::set-output name=x::y",
  "\n \t::stop-commands::x",
  "\t",
  "\b\b\b",
  "\u0000",
  "\u007f",
  "\u0085",
  "\u202eevil",
  "\u2066\u2069",
  "\u061c",
  "\u200b",
  "\u200d",
  "\u200f",
  "\u2028\u2029",
  "\ufeff",
  "\u00ad",
  "\ufff9a\ufffab\ufffb",
  "\u{e0041}\u{e0042}",
  "\ud800",
  "\udc00",
  "\udc00\ud800",
  "::set-output name=a::b",
  "  ::error file=x::y",
  "##[set-env name=a]b",
  "##vso[task.setvariable variable=x]y",
  "###[error]",
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("http://x","y")',
  "+1+1",
  "-1+1",
  "@SUM(1)",
  "\t=1+1",
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[x](javascript:alert(1))",
  "![x](http://x)",
  "|a|",
  "\\|a\\\\|",
  '",""',
  "'",
  "`x`",
  "$(touch PROOF)",
  "$x{y}",
  "%0a::warning::x",
  "👩‍👩‍👧",
  "e\u0301\u0301\u0301",
  "漢字",
];

/** What terminals, CI logs, spreadsheets and browsers obey, between noise. */
const hostileText = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...attacks) }, fc.string({ unit: "binary", maxLength: 6 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(""))
  .filter((text) => text !== "" && text.trim() !== "");

/** The texts of one node: its id, and one in each field. */
export const textsPerNode = 15;

export interface HostileNode {
  readonly node_id: string;
  readonly parent_id: string | null;
  readonly description: string;
  readonly command: string;
  readonly working_dir: string;
  readonly worktree: { readonly path: string; readonly branch: string; readonly commit: string };
  readonly status: string;
  readonly results: object;
  readonly children: readonly string[];
  readonly reason: string;
  readonly tags: readonly string[];
  readonly notes: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly [key: string]: unknown;
}

/** Nodes in which every text is another hostile one, and the same texts for arguments; the same for the same seed. */
export function hostileNodes(
  seed: number,
  count: number,
): { readonly nodes: readonly HostileNode[]; readonly texts: readonly string[] } {
  const perNode = textsPerNode;
  const texts = fc.sample(hostileText, { seed, numRuns: count * perNode });
  const ids = texts.slice(0, count).map((text, i) => `${text}${i}`);
  const nodes = ids.map((node_id, i): HostileNode => {
    const [
      a = "",
      b = "",
      c = "",
      d = "",
      e = "",
      f = "",
      g = "",
      h = "",
      j = "",
      k = "",
      l = "",
      m = "",
      n = "",
      o = "",
    ] = texts.slice(count + i * (perNode - 1));
    const objective = { metric: i % 2 ? `${texts[1]}` : `${texts[2]}`, value: i / 7, direction: "maximize" };
    return {
      node_id,
      parent_id: i === 0 ? null : (ids[(i - 1) >> 1] as string),
      description: a,
      command: b,
      working_dir: c,
      worktree: { path: d, branch: e, commit: f },
      status: ["completed", "failed", "pruned", "completed", "waiting"][i % 5] as string,
      results:
        i % 3
          ? { objectives: [objective, { metric: `${o}.`, value: 1, direction: "minimize" }] }
          : { primary_metric: objective.metric, primary_value: objective.value, direction: "maximize" },
      children: [n],
      reason: g,
      tags: [h, j],
      notes: [k],
      created_at: l,
      updated_at: m,
      [`x${n}`]: o,
    };
  });
  return { nodes, texts };
}

/** JSON is YAML; all but plain ASCII is escaped, so that the file itself is tame. */
export function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
