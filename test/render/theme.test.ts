import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { widthOf } from "../../src/render/width.ts";
import { statuses } from "../../src/tree/iteration-tree.ts";

const themes = [
  ["Unicode", createTheme({ level: 0, unicode: true })],
  ["ASCII", createTheme({ level: 0, unicode: false })],
] as const;

describe("createTheme", () => {
  it.each(themes)("has a mark of its own for every status and for the best, in %s", (_, { marks, best }) => {
    const all = [...statuses.map((status) => marks[status]), best];
    expect(new Set(all).size).toBe(statuses.length + 1);
    for (const mark of all) expect(widthOf(mark)).toBe(1);
  });

  it.each(themes)("draws branches of equal width, in %s", (_, { branches }) => {
    expect(new Set(Object.values(branches).map(widthOf))).toEqual(new Set([3]));
  });

  it.each(themes)("tells the best path from the rest without colour, in %s", (_, { branches }) => {
    expect(branches.bestFork).not.toBe(branches.fork);
    expect(branches.bestLast).not.toBe(branches.last);
    expect(branches.bestLine).not.toBe(branches.line);
  });

  it("has only ASCII shapes where the terminal is not UTF-8", () => {
    const { marks, branches, best, cut, arrow } = createTheme({ level: 0, unicode: false });
    const shapes = [...Object.values(marks), ...Object.values(branches), best, cut, arrow];
    expect(shapes.join("")).toMatch(/^[ -~]+$/);
  });

  it("paints nothing at level 0", () => {
    const { title, dim, good, bad, strong, status } = createTheme({ level: 0, unicode: true });
    for (const paint of [title, dim, good, bad, strong, ...Object.values(status)]) expect(paint("x")).toBe("x");
  });

  it("paints good and bad differently, and pruned dim, at level 1", () => {
    const { dim, good, bad, status } = createTheme({ level: 1, unicode: true });
    expect(good("x")).toBe("\u001b[32mx\u001b[39m");
    expect(bad("x")).not.toBe(good("x"));
    expect(status.pruned("x")).toBe(dim("x"));
  });

  it("passes the width on, and has none for a pipe", () => {
    expect(createTheme({ level: 0, unicode: true, width: 80 }).width).toBe(80);
    expect(createTheme({ level: 0, unicode: true }).width).toBeUndefined();
  });
});
