import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { grownRepository } from "./crash-cases.ts";
import { inParallel } from "./fault-runs.ts";
import { campaign, patience, report, size } from "./proof.ts";
import { killAtRandom } from "./random-kills.ts";

const anchor = "kills";
const width = Math.max(2, Math.min(4, availableParallelism() - 1));

describe("kill -9", () => {
  it(
    "loses nothing when commands are killed at random, again and again, on one repository",
    async () => {
      const complaints: string[] = [];
      const rounds = size({ ci: 100, long: 10_000 });
      const each = size({ ci: 100, long: 400 });
      const sums = await campaign(anchor, { rounds, each }, async (first, count) => {
        const seeds = Array.from({ length: width }, (_, i) => first + i);
        const share = Math.ceil(count / width);
        const chains = await inParallel(seeds, width, (seed) =>
          killAtRandom(grownRepository().root, { seed, kills: share }),
        );
        complaints.push(...chains.flatMap((chain) => chain.complaints));
        return chains.map(({ tally }) => tally).reduce((a, b) => sumOf(a, b));
      });
      report({
        promise: "Commands that are killed at random lose nothing",
        anchor,
        figure: `${sums["kills"]} kills, ${sums["acknowledged"]} changes acknowledged: ${sums["lost"]} lost, ${sums["corrupt"]} corrupt, ${sums["not recovered"]} not recovered`,
      });
      expect(complaints.join("\n\n")).toBe("");
      expect(sums).toMatchObject({ lost: 0, corrupt: 0, "not recovered": 0 });
      expect(sums["kills"]).toBeGreaterThanOrEqual(rounds);
    },
    patience,
  );
});

function sumOf<T extends Readonly<Record<string, number>>>(a: T, b: T): T {
  return Object.fromEntries(Object.entries(a).map(([name, value]) => [name, value + (b[name] ?? 0)])) as T;
}
