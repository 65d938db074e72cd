import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderResults } from "../../src/render/results.ts";
import { parseResults } from "../../src/tree/results-schema.ts";
import { hostileText, obeyed } from "./hostile-text.ts";

const single = (metric: string, value: number) =>
  parseResults({ primary_metric: metric, primary_value: value, direction: "maximize" });

describe("renderResults", () => {
  it("shows one objective with its direction", () => {
    expect(renderResults(single("accuracy", 0.92))).toBe("accuracy=0.92 (maximize)");
  });

  it("shows several in their order", () => {
    const several = parseResults({
      objectives: [
        { metric: "accuracy", value: 0.92, direction: "maximize" },
        { metric: "latency_ms", value: 15.3, direction: "minimize" },
      ],
      primary_index: 1,
    });
    expect(renderResults(several)).toBe("accuracy=0.92 (maximize), latency_ms=15.3 (minimize)");
  });

  it("shows the mean of samples, and 0 as 0", () => {
    const samples = parseResults({ primary_metric: "a", direction: "minimize", samples: [0.5, 1] });
    expect(renderResults(samples)).toBe("a=0.75 (minimize)");
    expect(renderResults(single("a", 0))).toBe("a=0 (maximize)");
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileText.filter(Boolean), (metric) => {
        const shown = renderResults(single(metric, 1));
        expect(obeyed(shown)).toEqual([]);
        expect(shown).not.toContain("\n");
      }),
      { numRuns: 300 },
    );
  });
});
