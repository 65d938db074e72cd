import fs, { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { deltaOf } from "../../src/store/delta.ts";
import { findText, readVersions } from "../../src/store/history.ts";
import { loadTree } from "../../src/store/load-tree.ts";
import { saveText } from "../../src/store/save-text.ts";
import { historyOf, isExpected, type TreeFile } from "../../src/store/tree-file.ts";
import { beforeCall } from "./before-call.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

const options = { purpose: "test", now: "2026-01-02T03:04:05Z" };

function planOf(before: string, after: string) {
  const texts = { before: Buffer.from(before), after: [Buffer.from(after)] };
  return { save: { ...texts, delta: deltaOf(before, after), node: null } };
}

/** One call of ours: puts a word at the end of the text. */
function append(file: TreeFile, word: string) {
  return saveText(file, options, (bytes) => {
    const before = Buffer.from(bytes ?? []).toString();
    const after = `${before}${word}\n`;
    return planOf(before, after);
  });
}

describe("saveText against an editor", () => {
  it("loses no save in place that falls between its last look and its rename: it is put back, and ours is done again", async () => {
    const file = tempTreeFile("one\n");
    beforeCall("renameSync", file.path, () => writeFileSync(file.path, "one\nby hand\n"));
    const { warnings } = await append(file, "ours");
    expect(readFileSync(file.path, "utf8")).toBe("one\nby hand\nours\n");
    expect(warnings).toEqual([]);
    expect(readVersions(historyOf(file)).map(({ version }) => findText(historyOf(file), version))).toEqual([
      "one\nby hand\n",
      "one\nby hand\nours\n",
    ]);
    expect(readdirSync(join(file.path, ".."))).toEqual([".state", "t.yaml"]);
  });

  it("keeps such a save in the history when another save has come in on top, and says so", async () => {
    const file = tempTreeFile("one\n");
    beforeCall("renameSync", file.path, () => {
      writeFileSync(file.path, "one\nfirst save\n");
      beforeCall("renameSync", file.path, () => writeFileSync(file.path, "one\nsecond save\n"));
    });
    const { warnings } = await append(file, "ours");
    expect(readFileSync(file.path, "utf8")).toBe("one\nsecond save\nours\n");
    const texts = readVersions(historyOf(file)).map(({ version }) => findText(historyOf(file), version));
    expect(texts).toContain("one\nfirst save\n");
    expect(warnings.join()).toMatch(/an earlier one is kept as version (\d+): tree-autoresearch history --show \1/);
  });

  it("control: what is saved by rename in those microseconds is lost, as the README says", async () => {
    const file = tempTreeFile("one\n");
    beforeCall("renameSync", file.path, () => {
      writeFileSync(`${file.path}~`, "one\nby hand\n");
      const [from, to] = [`${file.path}~`, file.path];
      fs.copyFileSync(from, `${to}.new`);
      fs.rmSync(to);
      fs.linkSync(`${to}.new`, to);
    });
    await append(file, "ours");
    expect(readFileSync(file.path, "utf8")).toBe("one\nours\n");
  });

  it("takes a file with the same bytes for another one when it was saved anew", async () => {
    const file = tempTreeFile("one\n");
    let calls = 0;
    await saveText(file, options, (bytes) => {
      const before = Buffer.from(bytes ?? []).toString();
      if (++calls === 1) {
        writeFileSync(`${file.path}.new`, before);
        renameSync(`${file.path}.new`, file.path);
      }
      return planOf(before, "two\n");
    });
    expect(calls).toBe(2);
  });
});

describe("saveText and the history", () => {
  it("succeeds with a warning when the history cannot be written", async () => {
    const file = tempTreeFile("one\n");
    fs.mkdirSync(file.stateFolder);
    writeFileSync(join(file.stateFolder, "history"), "a file where a folder is needed");
    const { warnings } = await append(file, "ours");
    expect(readFileSync(file.path, "utf8")).toBe("one\nours\n");
    expect(warnings).toEqual([expect.stringContaining("the history could not be written")]);
  });

  it("says so when what was kept is damaged, and where it is", async () => {
    const file = tempTreeFile("one\n");
    await append(file, "ours");
    const log = join(historyOf(file), "log");
    writeFileSync(log, readFileSync(log, "utf8").replaceAll('"sum":', '"sum":1'));
    writeFileSync(file.path, "by hand\n");
    expect((await append(file, "ours")).warnings).toEqual([
      `the history could not be read, and begins anew; what it was is in ${historyOf(file)}`,
    ]);
  });

  it.each([
    [0o600, 0o700],
    [0o644, 0o755],
    [0o640, 0o750],
    [0o660, 0o770],
    [0o666, 0o777],
  ])("may be read by those who may read the file (%o, %o)", async (mode, folder) => {
    const file = tempTreeFile("one\n");
    fs.chmodSync(file.path, mode);
    await append(file, "ours");
    expect(fs.statSync(historyOf(file)).mode & 0o777).toBe(folder);
  });

  it("leaves the folder of another user as it is", async ({ skip }) => {
    if (process.getuid?.() !== 0) return skip();
    const file = tempTreeFile("one\n");
    await append(file, "ours");
    fs.chmodSync(historyOf(file), 0o711);
    fs.chownSync(historyOf(file), 3001, 3001);
    await append(file, "ours");
    expect(fs.statSync(historyOf(file)).mode & 0o777).toBe(0o711);
  });

  it("tells a file that was there before from one that never was", async () => {
    const file = tempTreeFile("one\n");
    expect(isExpected(file)).toBe(false);
    await append(file, "ours");
    expect(isExpected(file)).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("leaves no file open", async () => {
    const file = tempTreeFile("one\n");
    const opened = () => readdirSync("/proc/self/fd").length;
    await append(file, "first");
    const before = opened();
    for (let i = 0; i < 5; i++) await append(file, `${i}`);
    await saveText(file, options, () => ({}));
    expect(opened()).toBe(before);
  });

  it("records nothing when nothing is saved", async () => {
    const file = tempTreeFile("one\n");
    await saveText(file, options, () => ({}));
    expect(readVersions(historyOf(file))).toEqual([]);
  });
});

describe("a file that is being saved", () => {
  it("is looked at again while it is empty and fresh", async () => {
    // Loaded before, or the file is not fresh any more.
    await import("../../src/store/tree-source.ts");
    const file = tempTreeFile("");
    let looks = 0;
    const open = fs.openSync;
    fs.openSync = (...args) => {
      if (args[0] === file.path && ++looks === 3) appendFileSync(file.path, "nodes: []\n");
      return open(...args);
    };
    syncBuiltinESMExports();
    onTestFinished(() => {
      fs.openSync = open;
      syncBuiltinESMExports();
    });
    expect((await loadTree(file)).tree.nodes).toEqual([]);
    expect(looks).toBeGreaterThanOrEqual(3);
  });

  it("is not waited for when it is broken and old", async () => {
    const file = tempTreeFile("nodes: [");
    fs.utimesSync(file.path, 1, 1);
    let looks = 0;
    const open = fs.openSync;
    fs.openSync = (...args) => {
      if (args[0] === file.path) looks++;
      return open(...args);
    };
    syncBuiltinESMExports();
    onTestFinished(() => {
      fs.openSync = open;
      syncBuiltinESMExports();
    });
    await expect(loadTree(file)).rejects.toThrow("t.yaml:1:");
    expect(looks).toBe(1);
  });
});
