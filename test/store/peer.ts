import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export type Tagged = readonly [kind: string, value?: unknown];
export type PeerJob =
  | { readonly load: string }
  | { readonly dump: unknown; readonly options: Record<string, unknown> }
  | { readonly edit: string; readonly id: string; readonly status: string };

export interface PeerAnswer {
  readonly value?: Tagged;
  readonly error?: string;
  readonly text?: string;
}

const found = spawnSync("python3", ["-c", "import yaml; print(yaml.__version__)"], { encoding: "utf8" });
/** Whether this machine has python3 with PyYAML. CI installs it and may not go without. */
export const hasPeer = found.status === 0;

if (!hasPeer) {
  if (process.env["CI"]) throw new Error(`CI needs python3 with PyYAML: ${found.stderr}`);
  process.stderr.write("\n*** SKIPPED: python3 with PyYAML is missing, so nothing is compared with it ***\n\n");
}

/** All jobs in one python3 process. */
export function askPeer(jobs: readonly PeerJob[]): readonly PeerAnswer[] {
  const { stdout, stderr, status } = spawnSync("python3", [fileURLToPath(new URL("peer.py", import.meta.url))], {
    input: JSON.stringify(jobs),
    encoding: "utf8",
    maxBuffer: 512 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as PeerAnswer[];
}

/** The plain value of a tagged one; integers beyond 2^53 lose precision as they do in JavaScript. */
export function untag([kind, value]: Tagged): unknown {
  if (kind === "null") return null;
  if (kind === "int" || kind === "float") return toNumber(String(value));
  if (kind === "list") return (value as Tagged[]).map(untag);
  if (kind === "map")
    return Object.fromEntries((value as [Tagged, Tagged][]).map(([key, item]) => [untag(key), untag(item)]));
  return value;
}

function toNumber(text: string): number {
  const special: Record<string, number> = { inf: Infinity, "-inf": -Infinity, nan: Number.NaN };
  return special[text] ?? Number(text);
}
