import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { deltaOf } from "../../src/store/delta.ts";
import { emitBlock } from "../../src/store/emit.ts";
import { findText, readVersions, recordVersion } from "../../src/store/history.ts";
import { tempFolder } from "../temp-repository.ts";
import { patience, report, size } from "./proof.ts";
import { randomFrom } from "./random.ts";

const time = "2026-01-02T03:04:05Z";
const random = randomFrom(1);
const digits = (count: number) => Array.from({ length: count }, () => random.int(0, 15).toString(16)).join("");

function nodeText(i: number): string {
  const node = {
    node_id: `iter${i}_try`,
    parent_id: i === 0 ? null : `iter${random.int(0, i - 1)}_try`,
    description: `Change ${digits(8)} of the learning rate schedule`,
    command: "python train.py --config config.yaml",
    working_dir: ".",
    worktree: { path: `.worktrees/iter${i}_try`, branch: `iter/iter${i}_try`, commit: digits(40) },
    status: "completed",
    results: { primary_metric: "accuracy", primary_value: random.int(0, 9999) / 10000, direction: "maximize" },
    children: [],
    created_at: time,
  };
  return `${emitBlock([node], 2).join("\n")}\n`;
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

it(
  "the last 200 versions of a tree of 10,000 nodes are kept in less than 20 MB, and each is given back",
  () => {
    const folder = tempFolder();
    const nodes = Array.from({ length: 10_000 }, (_, i) => nodeText(i));
    const head = "version: 1\nnodes:\n";
    const sums = new Map<number, number>();
    let before = head + nodes.join("");
    const rounds = size({ ci: 205, long: 1_200 });
    for (let round = 0; round < rounds; round++) {
      const next = nodeText(random.int(1, 9_999));
      // Every tenth is a new node, the others change one; now and then much is replaced by hand.
      const at = round % 10 === 9 ? nodes.length : random.int(0, nodes.length - 1);
      const delta = [[head.length + lengthOf(nodes.slice(0, at)), nodes[at] ?? "", next]] as const;
      nodes[at] = next;
      const isByHand = round % 100 === 50;
      if (isByHand) for (let i = 0; i < 300; i++) nodes[random.int(0, nodes.length - 1)] = nodeText(i + 1);
      const after = head + nodes.join("");
      const origin = { time, command: `call ${round}`, node: null };
      recordVersion(folder, {
        before: Buffer.from(before),
        found: origin,
        after: [Buffer.from(after)],
        delta: isByHand ? deltaOf(before, after) : delta,
        origin,
      });
      sums.set(round + 2, crc32(after));
      before = after;
    }
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const versions = readVersions(folder).map(({ version }) => version);
    expect(bytes).toBeLessThan(20_000_000);
    expect(versions.length).toBeGreaterThanOrEqual(200);
    const looked = versions.filter((_, i) => i % size({ ci: 60, long: 1 }) === 0);
    for (const version of looked.filter((each) => each > 1))
      expect(crc32(findText(folder, version) ?? ""), `version ${version}`).toBe(sums.get(version));
    report({
      promise: "At least 200 versions of a tree of 10,000 nodes are kept, in at most 20 MB",
      anchor: "history",
      figure: `${versions.length} versions of ${(before.length / 1e6).toFixed(1)} MB each in ${(bytes / 1e6).toFixed(1)} MB, ${looked.length} of them read back and compared`,
    });
  },
  patience,
);
