/** What a shell, git or the file system would obey, were it handed on. */
export const attacks = [
  "$(touch PROOF)",
  "`touch PROOF`",
  "; touch PROOF",
  "x\ntouch PROOF\n",
  "| touch PROOF",
  "&& touch PROOF #",
  "'; touch PROOF; '",
  '"; touch PROOF; "',
  "--upload-pack=touch PROOF",
  "--exec=touch PROOF",
  "--output=PROOF",
  "--git-dir=/tmp",
  "-c core.sshCommand=touch PROOF",
  "-ccore.pager=touch PROOF",
  "ext::sh -c touch% PROOF",
  "!touch PROOF",
  "@{-1}",
  ":/touch PROOF",
  "HEAD^{/(x+x+)+y}",
  "refs/heads/main",
  "-f",
  "--",
  "--help",
  "..",
  "../..",
  "../../PROOF",
  "a/../../../PROOF",
  "./../PROOF",
  ".git/hooks/post-checkout",
  ".GIT/hooks",
  "/tmp/PROOF-outside",
  "~/PROOF",
  "link/PROOF",
  ".worktrees/../../PROOF",
  "x\0y",
  "CON",
  "a.lock",
  "\u202e\u001b[2J",
  "x".repeat(5_000),
] as const;

const quoted = (text: string) => JSON.stringify(text);

interface Names {
  readonly node_id?: string;
  readonly path?: string;
  readonly branch?: string;
  readonly commit?: string;
  readonly working_dir?: string;
  readonly recorded?: string;
}

/** A tree with one node that an attacker named, and one of ours under it. */
export function treeOf({
  node_id = "n",
  path = ".worktrees/n",
  branch = "iter/n",
  commit = "",
  working_dir = ".",
  recorded = "",
}: Names): string {
  return `nodes:
- node_id: ${quoted(node_id)}
  description: "$(touch PROOF)"
  command: "touch PROOF; $(touch PROOF)"
  working_dir: ${quoted(working_dir)}
  worktree: {path: ${quoted(path)}, branch: ${quoted(branch)}, commit: ${quoted(commit)}}
  recorded: {commit: ${quoted(recorded)}}
  status: pruned
- node_id: kid
  parent_id: ${quoted(node_id)}
  worktree: {path: .worktrees/kid, branch: iter/kid, commit: ${quoted(commit)}}
`;
}

export const namedFields = ["node_id", "path", "branch", "commit", "working_dir", "recorded"] as const;

/** Every command that hands names of the tree file to git or the file system. */
export const callsOn = (id: string): readonly (readonly string[])[] => [
  ["worktree", `--id=${id}`, "--create"],
  ["sync", `--id=${id}`, "-m", "$(touch PROOF)"],
  ["worktree", `--id=${id}`],
  ["compare", `--id=${id}`, "--id2=kid"],
  ["update", `--id=${id}`, "--metric=m=1", "--direction=maximize"],
  ["add", "--desc=x", "--cmd=touch PROOF", `--parent=${id}`, "--worktree"],
  ["worktree", `--id=${id}`, "--remove", "--force"],
  ["worktree", "--remove", "--status=pruned", "--force"],
  ["prune", "--id=kid", "--reason=x", "--remove-worktree", "--force"],
  ["doctor"],
  ["doctor", "--fix"],
  ["delete", `--id=${id}`, "--recursive", "--force"],
  ["undo"],
  ["history", `--id=${id}`],
];

/** Every option that takes a text, with an attack for it. */
export const callsWith = (attack: string): readonly (readonly string[])[] => [
  ["get", `--id=${attack}`],
  ["list", `--under=${attack}`, `--grep=${attack}`],
  ["list", `--fields=${attack}`],
  ["visualize", `--under=${attack}`],
  ["compare", "--id=kid", `--id2=${attack}`],
  ["best-path", `--objective=${attack}`],
  ["sync", "--id", attack],
  ["sync", "--id=n", `--message=${attack}`],
  ["worktree", `--id=${attack}`, "--create"],
  ["worktree", `--id=${attack}`, "--remove", "--force"],
  ["add", "--desc=x", "--cmd=y", `--id=${attack}`, "--worktree"],
  ["add", "--desc=x", "--cmd=y", "--id=from", "--worktree", `--from=${attack}`],
  ["add", "--cmd=y", `--desc=${attack}`, `--cmd=${attack}`, `--tag=${attack}`, `--working-dir=${attack}`, "--worktree"],
  ["update", "--id=kid", `--metric=${attack}=1`, "--direction=maximize", `--note=${attack}`, `--reason=${attack}`],
  ["update", "--id=kid", `--results=${attack}`],
  ["validate", `--results=${attack}`],
  ["prune", "--id=kid", `--reason=${attack}`],
  ["delete", `--id=${attack}`, "--recursive", "--force"],
  ["-f", attack, "list"],
  [attack],
];
