import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTheme } from "../../src/render/color-theme.ts";
import { renderWorktree } from "../../src/render/worktree.ts";
import { hostileText, obeyed } from "./hostile-text.ts";

const pipe = createTheme({ level: 0, unicode: true });
const [one, two] = ["a1b2c3d4".repeat(5), "b2c3d4e5".repeat(5)];
const facts = {
  node_id: "a",
  path: "/repository/.worktrees/a",
  branch: "iter/a",
  commit: one,
  head: one,
  modified: [],
  untracked: [],
  disk_bytes: 1536,
  run: "cd .worktrees/a && python train.py",
};
const shown = (changed: Partial<Parameters<typeof renderWorktree>[0]> = {}) =>
  renderWorktree({ ...facts, ...changed }, pipe);

describe("renderWorktree", () => {
  it("shows path, branch, commit, state and disk use, and the command to run as the last line", () => {
    expect(shown()).toBe(
      [
        "path    /repository/.worktrees/a",
        "branch  iter/a",
        "commit  a1b2c3d",
        "state   clean",
        "disk    1.5 KiB",
        "cd .worktrees/a && python train.py",
      ].join("\n"),
    );
  });

  it("says that HEAD has moved since the last sync", () => {
    expect(shown({ head: two })).toContain("commit  a1b2c3d (HEAD is b2c3d4e: not synced)\n");
    expect(shown({ commit: null })).toContain("commit  none (HEAD is a1b2c3d: not synced)\n");
  });

  it("has no commit to show in an empty worktree", () => {
    expect(shown({ commit: null, head: null })).toContain("commit  none\n");
  });

  it("counts modified and untracked files", () => {
    expect(shown({ modified: ["x", "y"], untracked: ["z"] })).toContain("state   2 modified, 1 untracked\n");
    expect(shown({ untracked: ["z"] })).toContain("state   1 untracked\n");
  });

  it("says detached for a worktree on no branch", () => {
    expect(shown({ branch: null })).toContain("branch  detached\n");
  });

  it("leaves unknown disk use out", () => {
    expect(shown({ disk_bytes: 0 })).not.toContain("disk");
  });

  it("never cuts path or command, which are to be pasted", () => {
    const long = "x".repeat(300);
    const theme = createTheme({ level: 0, unicode: true, width: 40 });
    const text = renderWorktree({ ...facts, path: `/${long}`, run: `cd ${long} && run` }, theme);
    expect(text).toContain(`/${long}\n`);
    expect(text.endsWith(`cd ${long} && run`)).toBe(true);
  });

  it("lets nothing raw through", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(obeyed(shown({ path: text, branch: text, run: text }))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("lets nothing raw through in a commit", () => {
    expect(obeyed(shown({ commit: "\u001b[31m\u202e" }))).toEqual([]);
  });
});
