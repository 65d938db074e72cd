import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { editTreeFile } from "../../src/store/edit-tree-file.ts";
import { loadHistory, requireText, restoreVersion } from "../../src/store/restore-version.ts";
import { historyOf, type TreeFile, treeLockOf } from "../../src/store/tree-file.ts";
import { ownerName } from "../../src/system/lock-holders.ts";
import { ownIdentity } from "../../src/system/process-identity.ts";
import { addNode } from "../../src/tree/add-node.ts";
import { tempTreeFile } from "./temp-tree-file.ts";

const now = "2026-01-02T03:04:05Z";
const options = { purpose: "undo", now, dryRun: false };
const first = "nodes:\n- node_id: a\n";

/** A file whose versions are `first` (1), one with b (2), and one with c (3). */
async function threeVersions(): Promise<TreeFile> {
  const file = tempTreeFile(first);
  for (const id of ["b", "c"]) {
    const call = { purpose: `add ${id}`, now, dryRun: false, create: false };
    await editTreeFile(file, call, (tree) => addNode(tree, { id, description: "x", command: "y", now }));
  }
  return file;
}

const textOf = ({ path }: TreeFile) => readFileSync(path, "utf8");
const idsOf = (tree: { readonly nodes: readonly { readonly node_id: string }[] } | undefined) =>
  tree?.nodes.map(({ node_id }) => node_id);

describe("loadHistory", () => {
  it("tells the versions, oldest first, and whether the file is the newest one", async () => {
    const file = await threeVersions();
    expect(loadHistory(file)).toMatchObject({
      versions: [{ version: 1, command: null }, { command: "add b" }, { version: 3, command: "add c" }],
      isEdited: false,
    });
    writeFileSync(file.path, `${textOf(file)}# by hand\n`);
    expect(loadHistory(file).isEdited).toBe(true);
    rmSync(file.path);
    expect(loadHistory(file).isEdited).toBe(true);
  });
});

describe("loadHistory while somebody saves", () => {
  /** The file is of version 3, and the history of version 2: as a writer leaves it for a moment. */
  async function saving(identity: { readonly pid: number; readonly start: string; readonly host: string }) {
    const file = await threeVersions();
    const log = join(historyOf(file), "log");
    const whole = readFileSync(log, "utf8");
    writeFileSync(log, whole.split("\n").slice(0, 2).join("\n").concat("\n"));
    writeFileSync(join(file.stateFolder, "whole"), whole);
    mkdirSync(treeLockOf(file));
    writeFileSync(join(treeLockOf(file), ownerName(identity, "t")), "{}");
    const end = () => void spawn("sh", ["-c", `sleep 0.3; cp ${join(file.stateFolder, "whole")} ${log}`]);
    return { file, end };
  }

  it("waits until the history knows what the file holds", async () => {
    const { file, end } = await saving(ownIdentity());
    end();
    expect(loadHistory(file)).toMatchObject({ versions: { length: 3 }, isEdited: false });
  });

  it("does not wait for a writer that never ends", async () => {
    const { file } = await saving(ownIdentity());
    expect(loadHistory(file)).toMatchObject({ versions: { length: 2 }, isEdited: true });
  });

  it("does not wait for a dead one", async () => {
    const { file, end } = await saving({ ...ownIdentity(), pid: 2 ** 22 + 1 });
    end();
    expect(loadHistory(file)).toMatchObject({ versions: { length: 2 }, isEdited: true });
  });

  it("takes what is no file for edited", async () => {
    const file = await threeVersions();
    rmSync(file.path);
    mkdirSync(file.path);
    expect(loadHistory(file)).toMatchObject({ versions: { length: 3 }, isEdited: true });
  });
});

describe("requireText", () => {
  it("says that a version is damaged, and another one not kept", async () => {
    const file = await threeVersions();
    writeFileSync(join(historyOf(file), "checkpoint"), "1\ndamaged");
    expect(() => requireText(file, 2)).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: "Version 2 cannot be put together: what is kept of it is damaged",
        hint: "Newer ones may be whole: tree-autoresearch history",
      }),
    );
    expect(() => requireText(file, 4)).toThrow("Version 4 is not kept");
  });

  it("gives the text of a kept version, and says which ones are kept", async () => {
    const file = await threeVersions();
    expect(requireText(file, 1)).toBe(first);
    expect(requireText(file, 3)).toBe(textOf(file));
    expect(() => requireText(file, 4)).toThrow(
      expect.objectContaining({
        message: "Version 4 is not kept",
        hint: "Versions 1 to 3 are: tree-autoresearch history",
      }),
    );
    rmSync(file.stateFolder, { recursive: true });
    expect(() => requireText(file, 1)).toThrow(expect.objectContaining({ hint: "No version is kept yet." }));
  });
});

describe("restoreVersion", () => {
  it("makes the file what it was, bytewise, and says what it held before and holds now", async () => {
    const file = await threeVersions();
    const { before, tree, warnings } = await restoreVersion(file, options, { version: 1, seen: loadHistory(file) });
    expect(textOf(file)).toBe(first);
    expect([idsOf(before), idsOf(tree), warnings]).toEqual([["a", "b", "c"], ["a"], []]);
    expect(loadHistory(file).versions.at(-1)).toEqual({ version: 4, time: now, command: "undo", node: null });
  });

  it("writes nothing when the file is that version already, and nothing in a dry run", async () => {
    const file = await threeVersions();
    const text = textOf(file);
    await restoreVersion(file, options, { version: 3, seen: loadHistory(file) });
    const dry = { ...options, dryRun: true };
    const { tree } = await restoreVersion(file, dry, { version: 1, seen: loadHistory(file) });
    expect(idsOf(tree)).toEqual(["a"]);
    expect(textOf(file)).toBe(text);
    expect(loadHistory(file).versions).toHaveLength(3);
    expect(existsSync(join(file.stateFolder, "tree.lock"))).toBe(false);
  });

  it("brings back a file that is gone or broken, and keeps the broken text as a version", async () => {
    const file = await threeVersions();
    const text = textOf(file);
    rmSync(file.path);
    const gone = await restoreVersion(file, options, { version: 3, seen: loadHistory(file) });
    expect([textOf(file), gone.before, idsOf(gone.tree)]).toEqual([text, undefined, ["a", "b", "c"]]);
    // That it was gone is no version.
    expect(loadHistory(file).versions.map(({ command }) => command)).toEqual([null, "add b", "add c", "undo"]);
    writeFileSync(file.path, "nodes: [");
    const broken = await restoreVersion(file, options, { version: 3, seen: loadHistory(file) });
    expect([textOf(file), broken.before]).toEqual([text, undefined]);
    const kept = loadHistory(file).versions.findLast(({ command }) => command === null);
    expect(requireText(file, kept?.version as number)).toBe("nodes: [");
    const again = await restoreVersion(file, options, { version: kept?.version as number, seen: loadHistory(file) });
    expect(textOf(file)).toBe("nodes: [");
    expect(again.tree.nodes).toEqual([]);
    expect(again.warnings).toEqual([
      `t.yaml: version ${kept?.version} was broken, and so the file is again: see validate`,
    ]);
  });

  it("leaves what is not UTF-8 as it is", async () => {
    const file = await threeVersions();
    const bytes = Buffer.from("# caf\xe9\n", "latin1");
    writeFileSync(file.path, bytes);
    await expect(restoreVersion(file, options, { version: 1, seen: loadHistory(file) })).rejects.toMatchObject({
      exitCode: 5,
    });
    expect(readFileSync(file.path)).toEqual(bytes);
  });

  it("refuses what came after the caller looked: another call, or an edit by hand", async () => {
    const file = await threeVersions();
    const seen = loadHistory(file);
    const request = { version: 1, seen };
    writeFileSync(file.path, `${textOf(file)}# by hand\n`);
    await expect(restoreVersion(file, options, request)).rejects.toMatchObject({
      message: "Meanwhile the file was edited by hand; nothing was undone",
      hint: "See: tree-autoresearch history, then try again.",
    });
    await restoreVersion(file, { ...options, purpose: "another" }, { version: 2, seen: loadHistory(file) });
    const text = textOf(file);
    await expect(restoreVersion(file, options, request)).rejects.toMatchObject({
      message: "Meanwhile version 5 (another) was written; nothing was undone",
      exitCode: 4,
    });
    expect(textOf(file)).toBe(text);
  });
});
