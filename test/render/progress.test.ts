import { describe, expect, it } from "vitest";
import { renderProgress } from "../../src/render/progress.ts";
import { plainTheme } from "../../src/render/theme.ts";

const theme = (width?: number) => plainTheme({ level: 0, unicode: true, width });
const running = {
  id: "iter2_vit",
  attempt: 1,
  seconds: 12.7,
  timeout: 600,
  latest: { name: "accuracy", text: "0.91" },
};

describe("renderProgress", () => {
  it("shows time against the limit, and the metric seen last", () => {
    expect(renderProgress(running, theme())).toBe("◐ iter2_vit attempt 1  12 s of 10 min  accuracy=0.91");
    const bare = { ...running, timeout: undefined, latest: undefined };
    expect(renderProgress(bare, theme())).toBe("◐ iter2_vit attempt 1  12 s");
  });

  it("is one line of the terminal, whatever the experiment says", () => {
    const latest = { name: "\u001b[2J".repeat(9), text: "x\ny" };
    const line = renderProgress({ ...running, latest }, theme(40));
    expect(line.length).toBeLessThan(40);
    expect(line).toMatch(/^[ -~◐…]*$/);
  });
});
